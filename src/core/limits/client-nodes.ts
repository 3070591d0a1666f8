import type { SharedMemory } from "../memory/shared-memory.ts";
import type { ClientKey } from "./client-key.ts";

/** No node. */
export const none = -1;
/** What a link has when the node it belongs to is out of the set. */
export const removed: number = 1 << 31;
/** What a node has instead of connections when it has no client any more, and nobody took it. */
const free = -0x2000_0000;
/** When one worker took it; that worker's share is the difference to `free`. */
const taken = 2 * free;
/** A node's words: its link, and its key. */
const nodeWords = 4;

/**
 * What is known of clients, a node each, for all workers: how many connections the client has, and which client it is.
 *
 * The number of connections decides what may happen to a node, and is changed by compare-and-swap only:
 *
 * - 0 or more: the node is its client's, or was never any client's. Connections enter and leave.
 * - `taken`: one worker takes the node from its client, which has no connections. From here on the client is forgotten:
 *   nobody enters, whoever meets the node may mark it as removed, and only when it is out of the set and nobody
 *   looks at it any more (`ClientSet`) it is opened for another client.
 * - `free`: the same, and any worker may take it.
 *
 * Whatever a worker does to the number it adds to its own share too, so `reclaim` makes a dead worker's connections
 * leave, and what it had taken free. A thread may die before a call or at a loop, also before a call of Atomics
 * (JavaScriptCore does that); so the Atomic comes first, and right behind it, without a call, a plain write to the share.
 */
export class ClientNodes {
  /** How many there are. */
  readonly count: number;
  readonly #memory: SharedMemory;
  readonly #totals: number;
  readonly #words: number;
  /** The node that is looked at next for a new client: it goes round and round. */
  readonly #hand: number;

  constructor(memory: SharedMemory, count: number) {
    this.count = count;
    this.#memory = memory;
    this.#totals = memory.takeTotals(count);
    this.#words = memory.takeWords(count * nodeWords);
    this.#hand = memory.takeWords(1);
  }

  /** How many nodes, the first ones, have ever been looked at for a client: the others are as they were made. */
  get reached(): number {
    return Math.min(this.count, Atomics.load(this.#memory.words, this.#hand));
  }

  /** The connections of a node's client; below 0 while it has none. */
  connections(node: number): number {
    return Atomics.load(this.#memory.totals, this.#totals + node);
  }

  /** The index of a node's link in `words`: what leads to the next one, as its number + 1, or 0 at the end. */
  linkOf(node: number): number {
    return this.#words + node * nodeWords;
  }

  /** Below 0, equal or above 0: how a node's key compares to another. Any order will do, as long as it is one. */
  compare(node: number, key: ClientKey): number {
    const { words } = this.#memory;
    const first = this.linkOf(node) + 1;
    const low = words[first] ?? 0;
    if (low !== key.low) return low < key.low ? -1 : 1;
    const high = words[first + 1] ?? 0;
    if (high !== key.high) return high < key.high ? -1 : 1;
    return (words[first + 2] ?? 0) - key.kind;
  }

  /** The key of a node; undefined when it is in no list. */
  keyOf(node: number): ClientKey | undefined {
    const { words } = this.#memory;
    const first = this.linkOf(node) + 1;
    const kind = words[first + 2] ?? 0;
    return kind === 0 ? undefined : { low: words[first] ?? 0, high: words[first + 1] ?? 0, kind };
  }

  /** Gives a node, which nobody else has, to a client; undefined: it is in no list. */
  setKey(node: number, key: ClientKey | undefined): void {
    const { words } = this.#memory;
    const first = this.linkOf(node) + 1;
    words[first] = key?.low ?? 0;
    words[first + 1] = key?.high ?? 0;
    words[first + 2] = key?.kind ?? 0;
  }

  /** One more connection if the answer, how many there were before, is from 0 to below `limit`; otherwise none. */
  enter(node: number, limit: number): number {
    const { totals, shares } = this.#memory;
    const index = this.#totals + node;
    let connections = Atomics.load(totals, index);
    while (connections >= 0 && connections < limit) {
      const found = Atomics.compareExchange(totals, index, connections, connections + 1);
      if (found === connections) {
        shares[index] = (shares[index] ?? 0) + 1;
        return connections;
      }
      connections = found;
    }
    return connections;
  }

  /** One connection less; false when this worker has none there. */
  leave(node: number): boolean {
    const { totals, shares } = this.#memory;
    const index = this.#totals + node;
    const share = shares[index] ?? 0;
    if (share < 1) return false;
    Atomics.sub(totals, index, 1);
    shares[index] = share - 1;
    return true;
  }

  /** The next node for a new client; the hand goes round, so that it comes to all. */
  advance(): number {
    const { words } = this.#memory;
    const ticket = Atomics.add(words, this.#hand, 1);
    // Back by a round, long before it overflows.
    if (ticket >= 2 * this.count) Atomics.compareExchange(words, this.#hand, ticket + 1, ticket + 1 - this.count);
    return ticket % this.count;
  }

  /** Takes a node without connections from its client; false when it has some, or another worker took it. */
  take(node: number): boolean {
    const { totals, shares } = this.#memory;
    const index = this.#totals + node;
    const known = totals[index] ?? 0;
    if (known !== 0 && known !== free) return false;
    if (Atomics.compareExchange(totals, index, known, taken) !== known) return false;
    shares[index] = taken - free;
    return true;
  }

  /** Gives back a node that was taken: somebody looks at it still. */
  release(node: number): void {
    const { totals, shares } = this.#memory;
    const index = this.#totals + node;
    Atomics.store(totals, index, free);
    shares[index] = 0;
  }

  /** A node that was taken has a client again, and its first connection. */
  open(node: number): void {
    const { totals, shares } = this.#memory;
    const index = this.#totals + node;
    Atomics.store(totals, index, 1);
    shares[index] = 1;
  }

  /** Marks a node that is taken or free: whoever passes it unlinks it. */
  markRemoved(node: number): void {
    Atomics.or(this.#memory.words, this.linkOf(node), removed);
  }
}
