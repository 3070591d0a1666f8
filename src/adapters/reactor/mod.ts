/** The fast body of plain TCP and unix sockets on Linux: libc's epoll, called from TypeScript. */
import type { Runtime } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { loadLibc } from "./libc/load-libc.ts";
import { startReactor } from "./start-reactor.ts";

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
    const { runtime } = await startReactor(base, await loadLibc());
    return { runtime, fault: "" };
  } catch (error) {
    return { runtime: undefined, fault: error instanceof Error ? error.message : errorCode(error) };
  }
}
