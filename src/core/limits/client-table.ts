import { AtomicNumbers } from "../memory/atomic-numbers.ts";
import { Counter } from "../memory/counter.ts";
import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Clock, Random } from "../runtime/clock.ts";
import type { RateSettings } from "../server/settings.ts";
import type { ClientKey } from "./client-key.ts";
import { ClientNodes, none } from "./client-nodes.ts";
import { ClientSet } from "./client-set.ts";

/** Clients without connections that there is always room for: the hand never goes far without meeting one. */
const maxIdleClients = 65_536;
/** Linux lets a process open no more descriptors than that, unless it is told to (fs.nr_open, proc(5)). */
const maxCapacity = 1_048_576;
/** Nodes that one worker may keep others from at a time: two that it looks at, one that it takes, one that it tries. */
const nodesOfWorker = 4;
/** What the rounding of a burst's sums may come to: without it the last of a burst could be refused. */
const slackMs = 0.001;

/** What holds for each client of one listener. A bound that is absent does not hold. */
export interface ClientLimits {
  /** Connections of one client at a time. */
  readonly maxConnections?: number | undefined;
  /** New connections of one client: `perSecond` above 0, `burst` at least 1. */
  readonly rate?: RateSettings | undefined;
}

/**
 * What the clients of one listener have running and how fast they come, exactly over all workers, without a lock and in
 * constant time for each connection.
 *
 * The rate is a token bucket kept as one number, the theoretical arrival time of the generic cell rate algorithm
 * (ITU-T I.371, annex A): `burst` connections at once, then one every 1 / `perSecond`.
 *
 * A refused connection costs no token, and the connection limit is asked first: the rate bounds what is let in, so a
 * client that hammered above its connection limit gets its next one as soon as one of its others ends.
 *
 * How it is exact: a client has one node (`ClientSet`); its connections are counted there by compare-and-swap, up to
 * the limit and only while the node is the client's (`ClientNodes`); its arrival time is moved by compare-and-swap too,
 * so two workers never spend one token.
 *
 * A client is remembered while it has connections, and after that until its node is needed for a new one. A hand goes
 * round the nodes and takes the first without connections. So a client is forgotten, and would start with a full
 * bucket, only when some 65,536 others have come that nothing was known of.
 *
 * Only threads with a row in the memory admit; others read.
 */
export class ClientTable {
  /** How many clients without connections there is always room for. */
  static readonly maxIdleClients: number = maxIdleClients;

  readonly #maxConnections: number;
  readonly #clock: Clock;
  /** Between two connections at the steady rate; 0 without one: then every bucket is always full. */
  readonly #intervalMs: number;
  /** How far ahead of the time a theoretical arrival may lie. */
  readonly #toleranceMs: number;
  readonly #nodes: ClientNodes;
  readonly #set: ClientSet;
  /** When a node's client would come next at the steady rate; not after now: its bucket is full. No rate, no times. */
  readonly #arrivalsMs: AtomicNumbers;
  /** Connections that left and were not there. */
  readonly #strays: Counter;

  /**
   * `capacity`: how many clients can have connections at a time, which is what bounds the connections of the process;
   * at most 1,048,576, also when it is Infinity. Above it clients that are new are refused with `limit-client`.
   * `random` draws the seed of the hash; `maxIdle` is for tests. A client takes 36 bytes, and 4 more for each worker;
   * memory that no client has needed yet is not touched.
   */
  constructor(
    limits: ClientLimits,
    clock: Clock,
    memory: SharedMemory,
    capacity: number,
    random: Random,
    maxIdle: number = maxIdleClients,
  ) {
    const { maxConnections, rate } = limits;
    const count = Math.min(capacity, maxCapacity) + maxIdle + nodesOfWorker * memory.workers;
    this.#maxConnections = maxConnections ?? Infinity;
    this.#clock = clock;
    this.#intervalMs = rate === undefined ? 0 : 1000 / rate.perSecond;
    this.#toleranceMs = rate === undefined ? Infinity : (rate.burst - 1) * this.#intervalMs + slackMs;
    this.#nodes = new ClientNodes(memory, count);
    this.#set = new ClientSet(memory, this.#nodes, random);
    this.#arrivalsMs = new AtomicNumbers(memory, rate === undefined ? 0 : count);
    this.#strays = new Counter(memory);
  }

  /** Clients that something is remembered about: with connections, or with a bucket that is not full. Looks at all. */
  get size(): number {
    const now = this.#now();
    const { reached } = this.#nodes;
    let size = 0;
    for (let node = 0; node < reached; node++) {
      if (this.#nodes.connections(node) > 0 || (this.#intervalMs > 0 && this.#arrivalsMs.get(node) > now)) size++;
    }
    return size;
  }

  /** Connections of all clients. Below zero means that something left twice: it is shown, not hidden. Looks at all. */
  get active(): number {
    const { reached } = this.#nodes;
    let active = 0 - this.#strays.total;
    for (let node = 0; node < reached; node++) active += Math.max(0, this.#nodes.connections(node));
    return active;
  }

  /** Connections of the client that has the most, now. Looks at all. */
  get highest(): number {
    const { reached } = this.#nodes;
    let highest = 0;
    for (let node = 0; node < reached; node++) highest = Math.max(highest, this.#nodes.connections(node));
    return highest;
  }

  /** Whether one more connection of a client may run: a number from 0 that is for `leave`, or why not. */
  admit(key: ClientKey): number | "limit-client" | "limit-rate" {
    // Lets nobody in, and remembers nobody.
    if (this.#maxConnections < 1) return "limit-client";
    const now = this.#now();
    while (true) {
      const known = this.#set.find(key);
      if (known === none) {
        const added = this.#add(key, now);
        if (added === "full") return "limit-client";
        if (added !== "known") return added;
        continue;
      }
      const connections = this.#nodes.enter(known, this.#maxConnections);
      if (connections < 0) {
        // It is being forgotten: the next look unlinks it.
        this.#nodes.markRemoved(known);
        continue;
      }
      if (connections >= this.#maxConnections) return "limit-client";
      if (this.#intervalMs === 0 || this.#spend(known, now)) return known;
      this.#nodes.leave(known);
      return "limit-rate";
    }
  }

  /** A connection is over that `admit` gave this number. */
  leave(client: number): void {
    if (!this.#nodes.leave(client)) this.#strays.add(1);
  }

  #now(): number {
    return this.#intervalMs === 0 ? 0 : this.#clock.now();
  }

  /** Takes a token; false when there is none. */
  #spend(node: number, now: number): boolean {
    while (true) {
      const known = this.#arrivalsMs.get(node);
      const arrivalMs = Math.max(known, now);
      if (arrivalMs - now > this.#toleranceMs) return false;
      if (this.#arrivalsMs.replace(node, known, arrivalMs + this.#intervalMs)) return true;
    }
  }

  /** Gives a client a node with one connection, unless another worker just did, or there is no room. */
  #add(key: ClientKey, now: number): number | "known" | "full" {
    const node = this.#takeIdle();
    if (node === none) return "full";
    this.#nodes.setKey(node, key);
    if (this.#intervalMs > 0) this.#arrivalsMs.set(node, now + this.#intervalMs);
    this.#nodes.open(node);
    while (this.#set.find(key) === none) {
      if (this.#set.link(node)) return node;
    }
    this.#nodes.setKey(node, undefined);
    if (this.#intervalMs > 0) this.#arrivalsMs.set(node, 0);
    this.#nodes.leave(node);
    return "known";
  }

  /** Takes the next node without connections from its client, which is forgotten; `none` after two rounds. */
  #takeIdle(): number {
    for (let left = 2 * this.#nodes.count; left > 0; left--) {
      const node = this.#nodes.advance();
      if (!this.#nodes.take(node)) continue;
      this.#nodes.markRemoved(node);
      // A look for its key unlinks it.
      const key = this.#nodes.keyOf(node);
      if (key !== undefined) this.#set.find(key);
      if (!this.#set.isWatched(node)) return node;
      this.#nodes.release(node);
    }
    return none;
  }
}
