/** The fast body of plain TCP and unix sockets on Linux: libc's epoll, called from TypeScript. */
import type { OwnerPlace } from "../../core/runtime/ownership.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { testLibc } from "./libc-self-test.ts";
import type { Libc } from "./libc/libc.ts";
import { loadLibc } from "./libc/load-libc.ts";
import { OwnedLibc } from "./libc/owned-libc.ts";
import { mainOwner, OwnerTable } from "./owner-table.ts";
import { testReactor } from "./self-test.ts";
import { type RunningReactor, startReactor } from "./start-reactor.ts";
import { ownThreadId } from "./thread-id.ts";
import { ThreadOwnership } from "./thread-ownership.ts";

/** The port over the reactor, or why it cannot be had here. */
export interface ReactorVerdict {
  /** `base` with its sockets replaced; undefined when there is a fault. */
  readonly runtime: Runtime | undefined;
  /** Why there is no reactor, in words for the user; empty when there is one. */
  readonly fault: string;
}

/**
 * Loads libc, tests that all behaves as it should, and answers with the port over it. Never rejects, and leaves nothing
 * open where there is a fault. `place` is what a thread was given by the one that started it, whose runtime has the
 * `ownership`; absent for a thread of its own account.
 */
export async function tryReactor(base: Runtime, place?: OwnerPlace): Promise<ReactorVerdict> {
  let dress = (runtime: Runtime): Runtime => runtime;
  const { runtime, fault } = await tryReactorOver(base, async () => {
    const libc = await loadLibc();
    const table = place === undefined ? OwnerTable.make(base.resources().maxDescriptors) : new OwnerTable(place.table);
    const own = place ?? { table: table.buffer, owner: mainOwner, life: 1 };
    if (place === undefined) table.open(own);
    dress = (bare) => ({
      ...bare,
      resources() {
        const all = base.resources();
        return { ...all, maxDescriptors: Math.min(all.maxDescriptors, table.maxDescriptors) };
      },
      // A thread whose descriptors nobody else closes may start others.
      ...(place === undefined ? { ownership: new ThreadOwnership(libc, table, base.clock) } : {}),
    });
    return new OwnedLibc(libc, table.begin(own, ownThreadId(libc)));
  });
  return { runtime: runtime === undefined ? undefined : dress(runtime), fault };
}

/** As `tryReactor`, over the libc that `load` answers with, whose descriptors have no owner. For tests. */
export async function tryReactorOver(base: Runtime, load: () => Promise<Libc>): Promise<ReactorVerdict> {
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
