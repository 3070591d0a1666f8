/** What a command is: data that the parser and the help text are made from, and the function that runs it. */
import type { TryReactor } from "../adapters/reactor/choose-io.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
import type { Terminal } from "./terminal.ts";

/** A subcommand of `geryon`. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What follows the command's name in the usage line, such as `[OPTIONS] FILE`. */
  readonly usage: string;
  readonly flags: readonly Flag[];
  /** How many positional arguments it takes. */
  readonly positionals: { readonly min: number; readonly max: number };
  /** Whole command lines that work as they stand, each with a word on what it does. */
  readonly examples: readonly Example[];
  /** Runs it; the result is the exit code. Throws `UsageError` for arguments that make no sense. */
  run(args: Arguments, context: CommandContext): Promise<number>;
}

/** An option of a command. */
export interface Flag {
  /** Without the dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Other names it goes by: what the users of other programs type. */
  readonly aliases?: readonly string[];
  /** The word that stands for its value in the help; absent: it takes none. */
  readonly value?: string;
  readonly description: string;
  /** For the help text only. */
  readonly default?: string;
}

/** A command line to show in the help. */
export interface Example {
  readonly command: string;
  readonly does: string;
}

/** The arguments of a command, as they were typed. */
export interface Arguments {
  readonly positionals: readonly string[];
  /** The last value of a flag that was given. */
  value(flag: string): string | undefined;
  /** All values of a flag that may be given several times, in their order. */
  values(flag: string): readonly string[];
  /** Whether a flag was given. */
  has(flag: string): boolean;
}

/** What a command works with. */
export interface CommandContext {
  /** With the runtime's own sockets. */
  readonly runtime: Runtime;
  readonly tryReactor: TryReactor;
  /** The module that worker threads start at. */
  readonly entry: URL;
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The arguments make no sense: exit code 2, and the hint below the message. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** What the exit code tells. */
export const exitCodes = {
  /** All went well; a drain ended with no connection cut. */
  ok: 0,
  /** Something failed that the message names. */
  failure: 1,
  /** The arguments or the config are wrong; nothing was started. */
  usage: 2,
  /** An address could not be bound. */
  bind: 3,
  /** The drain deadline cut connections that still ran. */
  drainCut: 4,
} as const;

/** The exit code of a process that a second signal ended at once, as shells count it. */
export function signalExitCode(signal: "SIGTERM" | "SIGINT"): number {
  return signal === "SIGINT" ? 130 : 143;
}
