/** The fast body of plain TCP and unix sockets on Linux: libc's epoll, called from TypeScript. */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { loadLibc } from "./libc/load-libc.ts";
import type { Libc } from "./libc/libc.ts";
import { testLibc } from "./libc-self-test.ts";
import { testReactor } from "./self-test.ts";
import { type RunningReactor, startReactor } from "./start-reactor.ts";

/** The port over the reactor, or why it cannot be had here. */
export interface ReactorVerdict {
  /** `base` with its sockets and its clock replaced; undefined when there is a fault. */
  readonly runtime: Runtime | undefined;
  /** Why there is no reactor, in words for the user; empty when there is one. */
  readonly fault: string;
}

/**
 * Loads libc, tests that all behaves as it should, and answers with the port over it. Never rejects, and leaves nothing
 * open where there is a fault. `load` is for tests.
 */
export async function tryReactor(base: Runtime, load: () => Promise<Libc> = loadLibc): Promise<ReactorVerdict> {
  let running: RunningReactor | undefined;
  try {
    const libc = await load();
    testLibc(libc);
    running = await startReactor(base, libc);
    await testReactor(running);
    return { runtime: running.runtime, fault: "" };
  } catch (error) {
    running?.stop();
    return { runtime: undefined, fault: error instanceof Error ? error.message : errorCode(error) };
  }
}
