import { mixBits } from "../balancer/hash.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Random } from "../runtime/clock.ts";
import type { ClientKey } from "./client-key.ts";
import { type ClientNodes, none, removed } from "./client-nodes.ts";

/** A worker's words for what it looks at: two of them, in a cache line of its own. */
const watchWords = 16;
/** A look that another worker disturbed. */
const disturbed = -2;

/**
 * Which node a client has, for all workers: a hash table of linked lists, sorted by key, without a lock (M. Michael,
 * "High performance dynamic lock-free hash tables and list-based sets", SPAA 2002).
 *
 * - **In**: a node is linked by one compare-and-swap on the link before it, which must still lead to the node that
 *   comes after it by key, and must not be marked. So a key is in a list once.
 * - **Out**: a node's own link is marked, which is when it leaves the set: nothing is linked behind it any more.
 *   Whoever passes it unlinks it.
 * - **Used again**: a worker says which two nodes it looks at, then looks whether the link to them still holds
 *   (M. Michael, "Hazard pointers", IEEE TPDS 15(6), 2004). A node that is unlinked and at which nobody looks cannot be
 *   reached any more. Nobody waits for one who looks: another node is taken. A worker that died while it looked keeps
 *   two nodes from being used, until its row is used again.
 *
 * Clients choose their addresses, so the hash has a seed that they cannot know: the first worker draws it.
 */
export class ClientSet {
  readonly #memory: SharedMemory;
  readonly #nodes: ClientNodes;
  readonly #random: Random;
  /** The first links, one a list: a power of two. */
  readonly #heads: number;
  readonly #mask: number;
  readonly #watches: number;
  readonly #seedWord: number;
  #seed = 0;
  /** Where the last `find` ended: the link that leads to what comes after its key, and what that is. */
  #before = 0;
  #after = 0;

  constructor(memory: SharedMemory, nodes: ClientNodes, random: Random) {
    const heads = 2 ** Math.floor(Math.log2(nodes.count));
    this.#memory = memory;
    this.#nodes = nodes;
    this.#random = random;
    this.#mask = heads - 1;
    this.#heads = memory.takeWords(heads);
    this.#watches = memory.takeWords(memory.workers * watchWords);
    this.#seedWord = memory.takeWords(1);
  }

  /** The node of a client, which nobody can use for another until the next call; or `none`. */
  find(key: ClientKey): number {
    const head = this.#heads + (this.#hash(key) & this.#mask);
    while (true) {
      const node = this.#look(head, key);
      if (node !== disturbed) return node;
    }
  }

  /** Links a node of one's own where the last `find` found none of its key; false when another worker was faster. */
  link(node: number): boolean {
    const { words } = this.#memory;
    Atomics.store(words, this.#nodes.linkOf(node), this.#after);
    return Atomics.compareExchange(words, this.#before, this.#after, node + 1) === this.#after;
  }

  /** Whether another worker looks at a node, or did when it last looked at any. */
  isWatched(node: number): boolean {
    const { words, workers, worker } = this.#memory;
    for (let other = 0; other < workers; other++) {
      if (other === worker) continue;
      const watch = this.#watches + other * watchWords;
      if (Atomics.load(words, watch) === node + 1 || Atomics.load(words, watch + 1) === node + 1) return true;
    }
    return false;
  }

  #look(head: number, key: ClientKey): number {
    const { words, worker } = this.#memory;
    let watch = this.#watches + worker * watchWords;
    /** How far it is to the watch that is not in use. */
    let step = 1;
    let before = head;
    let after = Atomics.load(words, head);
    while (after !== 0) {
      Atomics.store(words, watch, after);
      // The link still holds and is not marked, so the node is in the list; and it is watched.
      if (Atomics.load(words, before) !== after) return disturbed;
      const node = after - 1;
      const link = this.#nodes.linkOf(node);
      const next = Atomics.load(words, link);
      if (next < 0) {
        const beyond = next & ~removed;
        if (Atomics.compareExchange(words, before, after, beyond) !== after) return disturbed;
        after = beyond;
        continue;
      }
      const order = this.#nodes.compare(node, key);
      if (order >= 0) {
        this.#before = before;
        this.#after = after;
        return order === 0 ? node : none;
      }
      // Stays watched as the one before; the other watch is for the next.
      watch += step;
      step = -step;
      before = link;
      after = next;
    }
    this.#before = before;
    this.#after = 0;
    return none;
  }

  #hash({ kind, high, low }: ClientKey): number {
    const seed = this.#seed === 0 ? this.#drawSeed() : this.#seed;
    return mixBits(mixBits(mixBits(seed ^ kind) ^ high) ^ low);
  }

  #drawSeed(): number {
    const { words } = this.#memory;
    Atomics.compareExchange(words, this.#seedWord, 0, 1 + Math.floor(this.#random.next() * 0x7fff_ffff));
    this.#seed = Atomics.load(words, this.#seedWord);
    return this.#seed;
  }
}
