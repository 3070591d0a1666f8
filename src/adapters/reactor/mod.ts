/** The fast body of plain TCP and unix sockets on Linux: libc's epoll, called from TypeScript. */
import type { Runtime } from "../../core/runtime/runtime.ts";

/** The port over the reactor, or why it cannot be had here. */
export interface ReactorVerdict {
  /** `base` with its sockets and its clock replaced; undefined when there is a fault. */
  readonly runtime: Runtime | undefined;
  /** Why there is no reactor, in words for the user; empty when there is one. */
  readonly fault: string;
}

/** Loads libc, tests that all behaves as it should, and answers with the port over it. Never rejects. */
export function tryReactor(_base: Runtime): Promise<ReactorVerdict> {
  return Promise.resolve({ runtime: undefined, fault: "it is not there yet" });
}
