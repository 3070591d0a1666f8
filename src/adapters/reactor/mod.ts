/** The fast body of plain TCP and unix sockets on Linux: libc's epoll, called from TypeScript. */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { Bell } from "./bell.ts";
import { reactorConnect } from "./connect.ts";
import { loadLibc } from "./libc/load-libc.ts";
import type { Libc } from "./libc/libc.ts";
import { reactorListen } from "./listen.ts";
import { Loop } from "./loop.ts";
import { Poll } from "./poll.ts";
import { Reactor } from "./reactor.ts";

/** The port over the reactor, or why it cannot be had here. */
export interface ReactorVerdict {
  /** `base` with its sockets and its clock replaced; undefined when there is a fault. */
  readonly runtime: Runtime | undefined;
  /** Why there is no reactor, in words for the user; empty when there is one. */
  readonly fault: string;
}

/** Loads libc, tests that all behaves as it should, and answers with the port over it. Never rejects. */
export async function tryReactor(base: Runtime): Promise<ReactorVerdict> {
  try {
    return { runtime: await startReactor(base, await loadLibc()), fault: "" };
  } catch (error) {
    return { runtime: undefined, fault: error instanceof Error ? error.message : errorCode(error) };
  }
}

/** The port over a reactor in this thread. */
async function startReactor(base: Runtime, libc: Libc): Promise<Runtime> {
  const { clock } = base;
  const poll = new Poll(libc);
  const loop = new Loop(poll, await Bell.hang(libc, poll), () => clock.now());
  const reactor = new Reactor(libc, poll, loop, clock);
  return {
    ...base,
    capabilities: base.capabilities,
    listen: reactorListen(reactor, base.listen),
    connect: reactorConnect(reactor, base.connect),
  };
}
