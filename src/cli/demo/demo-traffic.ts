import type { Address } from "../../core/runtime/address.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import { LoadRun } from "../load/load-run.ts";
import { LoadStats } from "../load/load-stats.ts";

const common = { sizeBytes: 1024, timeoutMs: 5000, pauseMs: 100 };
/** Some hundred connections a second. */
const short = { connections: 36, roundTripsPerConnection: 2 };
/** Each lives for about four seconds. */
const long = { connections: 8, roundTripsPerConnection: 30 };

/** The demo's clients: many short connections and a few longer ones, each byte verified. */
export class DemoTraffic {
  readonly stats: LoadStats = new LoadStats();
  readonly #runs: readonly LoadRun[];

  constructor(address: Address, runtime: Runtime) {
    this.#runs = [
      new LoadRun({ ...common, ...short, address }, runtime, this.stats),
      new LoadRun({ ...common, ...long, address, firstClient: short.connections }, runtime, this.stats),
    ];
  }

  start(): void {
    for (const run of this.#runs) run.start();
  }

  /** Lets no client connect, until `release`. Resolves when every open connection has had an answer. */
  async hold(): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.hold()));
  }

  release(): void {
    for (const run of this.#runs) run.release();
  }

  /** Lets every client finish what it has begun. */
  async stop(): Promise<void> {
    await Promise.all(this.#runs.map((run) => run.stop()));
  }

  abort(): void {
    for (const run of this.#runs) run.abort();
  }
}
