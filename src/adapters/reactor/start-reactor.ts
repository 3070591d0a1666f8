import type { Runtime } from "../../core/runtime/runtime.ts";
import { Bell } from "./bell.ts";
import { reactorCapabilities } from "./capabilities.ts";
import { reactorConnect } from "./connect.ts";
import { reactorInherited } from "./inherited.ts";
import type { Libc } from "./libc/libc.ts";
import { reactorListen } from "./listen.ts";
import { Loop } from "./loop.ts";
import { Outbox } from "./outbox.ts";
import { Poll } from "./poll.ts";
import { Reactor } from "./reactor.ts";

/** A reactor in this thread. */
export interface RunningReactor {
  readonly reactor: Reactor;
  /** The port over it. */
  readonly runtime: Runtime;
  /** Takes down what keeps it running. Its sockets and listeners must be closed before. */
  stop(): void;
}

/** Starts a reactor over `libc`. Rejects where that cannot be, and leaves nothing open then. */
export async function startReactor(base: Runtime, libc: Libc): Promise<RunningReactor> {
  const { clock } = base;
  const poll = new Poll(libc);
  let bell: Bell;
  try {
    bell = await Bell.hang(libc, poll);
  } catch (error) {
    poll.close();
    throw error;
  }
  const outbox = new Outbox(libc);
  const loop = new Loop({ poll, bell, outbox }, () => clock.now(), libc.immediatesStarveSockets);
  const reactor = new Reactor(libc, { poll, loop, outbox }, clock);
  return {
    reactor,
    runtime: {
      ...base,
      io: "reactor",
      capabilities: reactorCapabilities,
      listen: reactorListen(reactor, base),
      inherited: reactorInherited(reactor),
      connect: reactorConnect(reactor, base),
    },
    stop: () => {
      loop.stop();
      bell.takeDown();
      poll.close();
    },
  };
}
