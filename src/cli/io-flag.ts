import { chooseIo, type IoChoice } from "../adapters/reactor/choose-io.ts";
import { reactorHint, type Sockets } from "../config/check-capabilities.ts";
import { ioSettings } from "../config/config.ts";
import { defaults } from "../config/defaults.ts";
import type { IoSetting } from "../core/runtime/io.ts";
import { type Arguments, type CommandContext, type Flag, UsageError } from "./command.ts";
import { adviceOf, readChoice } from "./read-flags.ts";

/** The flag of every command that depends on which sockets there are. */
export const ioFlag: Flag = {
  name: "io",
  value: "SOCKETS",
  description: "Which sockets carry the bytes: reactor, runtime, or auto: the reactor where it can be had",
  default: "auto",
};

/** Which sockets a command works with, and what a config that is to run on them is judged by. */
export interface SocketsChoice extends IoChoice {
  readonly sockets: Sockets;
}

/**
 * Chooses by the flag, which overrules what a config says. Throws `UsageError` when the flag wants a reactor that cannot
 * be had.
 */
export async function chooseSockets(
  args: Arguments,
  { runtime: base, tryReactor }: CommandContext,
  said: IoSetting = defaults.io,
): Promise<SocketsChoice> {
  const typed = readChoice(args, ioFlag.name, ioSettings);
  const choice = await chooseIo(typed ?? said, base, tryReactor);
  const { runtime, fault } = choice;
  if (typed === "reactor" && fault !== "") {
    throw new UsageError(`Option '--io' is 'reactor', which cannot be had here: ${fault}`, adviceOf(reactorHint));
  }
  return {
    ...choice,
    sockets: { capabilities: runtime.capabilities, reactorFault: typed === undefined ? fault : "" },
  };
}
