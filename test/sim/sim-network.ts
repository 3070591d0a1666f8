import { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";
import { SimDns } from "./sim-dns.ts";
import type { SimHost } from "./sim-host.ts";

/** A range that each connection draws from. */
export type Range = readonly [from: number, to: number];

/** How the network and the kernels behave in one scenario. */
export interface NetworkSettings {
  /** One way. */
  readonly latencyMs: Range;
  /** Added to each segment. */
  readonly jitterMs: Range;
  readonly sendBufferBytes: Range;
  readonly receiveBufferBytes: Range;
  readonly segmentBytes: Range;
  /** So many segments of a direction are cut to a few bytes. */
  readonly tinySegments: Range;
  /** The largest chunk of one `onData`. */
  readonly readBytes: number;
  readonly timerLatenessMs: number;
  /** How long a kernel waits for an acknowledgement, and for an answer to SYN, before it gives up. */
  readonly kernelTimeoutMs: number;
  /** From the first keepalive probe to giving up. */
  readonly keepAliveProbesMs: number;
  /** How often an RST arrives before data that was sent earlier. */
  readonly resetOvertakes: number;
  /** Whether an RST throws away what has arrived and was not read. */
  readonly resetDropsUnread: boolean;
  /** Whether an RST that comes while the socket is paused goes unnoticed until it is resumed or written to. */
  readonly resetHidesWhilePaused: boolean;
  /** Whether a write counts as waiting until the next turn, as in Node, although the kernel has taken it. */
  readonly writesWaitATurn: boolean;
  /** Whether a socket is told of room before it is told of data. */
  readonly drainFirst: boolean;
}

/** Who is told what went wrong, by the name of the invariant. */
export type Report = (invariant: string, message: string) => void;

/** Who is told what happens. */
export type Trace = (who: string, what: string) => void;

/** All hosts of a scenario, and the links between them. */
export class SimNetwork {
  readonly queue: EventQueue;
  readonly settings: NetworkSettings;
  readonly seed: number;
  readonly report: Report;
  /** Undefined: nobody listens, and no line is made. */
  readonly trace: Trace | undefined;
  readonly dns: SimDns;
  readonly #hosts = new Map<string, SimHost>();
  #unnamedLinks = 0;

  constructor(
    queue: EventQueue,
    settings: NetworkSettings,
    context: { readonly seed: number; readonly report: Report; readonly trace: Trace | undefined },
  ) {
    this.queue = queue;
    this.settings = settings;
    this.seed = context.seed;
    this.report = context.report;
    this.trace = context.trace;
    this.dns = new SimDns(queue, this.dice(1));
  }

  /** A stream of its own for each use. */
  dice(stream: number): Dice {
    return new Dice(this.seed, stream);
  }

  add(host: SimHost): void {
    this.#hosts.set(host.ip, host);
  }

  host(ip: string): SimHost | undefined {
    return this.#hosts.get(ip);
  }

  /** The number of the next link that nobody named. */
  nextLink(): number {
    return 1_000_000 + this.#unnamedLinks++;
  }

  /** For how long no segment passes between two hosts; 0 when it does. */
  outageMs(a: SimHost, b: SimHost): number {
    return Math.max(0, Math.max(a.unreachableUntilMs, b.unreachableUntilMs) - this.queue.nowMs);
  }
}
