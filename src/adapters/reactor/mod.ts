/** The fast body of plain TCP and unix sockets on Linux: libc's epoll, called from TypeScript. */
import type { OwnerPlace } from "../../core/runtime/ownership.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import type { NativeLibc } from "./libc/libc.ts";
import { loadLibc } from "./libc/load-libc.ts";
import { OwnedLibc } from "./libc/owned-libc.ts";
import { mainOwner, OwnerTable } from "./owner-table.ts";
import { startReactor } from "./start-reactor.ts";
import { ownThreadId } from "./thread-id.ts";
import { ThreadOwnership } from "./thread-ownership.ts";

/** The port over the reactor, or why it cannot be had here. */
export interface ReactorVerdict {
  /** `base` with its sockets and its clock replaced; undefined when there is a fault. */
  readonly runtime: Runtime | undefined;
  /** Why there is no reactor, in words for the user; empty when there is one. */
  readonly fault: string;
}

/**
 * Loads libc, tests that all behaves as it should, and answers with the port over it. Never rejects. `place` is what a
 * thread was given by the one that started it, whose runtime has the `ownership`; absent for a thread of its own account.
 */
export async function tryReactor(base: Runtime, place?: OwnerPlace): Promise<ReactorVerdict> {
  try {
    const libc = await loadLibc();
    return { runtime: await (place === undefined ? startFirst(base, libc) : startIn(place, base, libc)), fault: "" };
  } catch (error) {
    return { runtime: undefined, fault: error instanceof Error ? error.message : errorCode(error) };
  }
}

/** In a thread whose descriptors nobody else closes, and that may start others. */
async function startFirst(base: Runtime, libc: NativeLibc): Promise<Runtime> {
  const table = OwnerTable.make(base.resources().maxDescriptors);
  const place = { table: table.buffer, owner: mainOwner, life: 1 };
  table.open(place);
  const runtime = await startIn(place, base, libc);
  return { ...runtime, ownership: new ThreadOwnership(libc, table, base.clock) };
}

async function startIn(place: OwnerPlace, base: Runtime, libc: NativeLibc): Promise<Runtime> {
  const table = new OwnerTable(place.table);
  const owner = table.begin(place, ownThreadId(libc));
  const { runtime } = await startReactor(base, new OwnedLibc(libc, owner));
  return {
    ...runtime,
    resources: () => {
      const all = base.resources();
      return { ...all, maxDescriptors: Math.min(all.maxDescriptors, table.maxDescriptors) };
    },
  };
}
