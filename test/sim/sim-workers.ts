import type { WorkerPool } from "../../src/control/workers/worker-pool.ts";
import type { Front } from "../../src/core/server/front.ts";
import type { ProxyEvents, ProxyServer, WorkerFront } from "../../src/core/server/proxy-server.ts";
import type { Core } from "./load-core.ts";
import type { WorkersPlan } from "./scenario.ts";
import { SimThreads } from "./sim-threads.ts";
import type { World } from "./world.ts";

/** What a proxy of several workers needs besides its settings. */
export interface SimWorkers {
  readonly front: WorkerFront;
  readonly threads: SimThreads;
  /** The server's events, with which the workers learn of endpoints too. */
  readonly events: ProxyEvents;
  /** Connections that ended with their worker: they are counted, and have no record. */
  readonly lost: number;
  /** When a worker last ended that still had connections. */
  readonly lastLossMs: number;
  /** The front takes no clients any more. */
  readonly closed: boolean;
}

/** The real pool, over simulated threads. `server` is asked for when a worker dies. */
export function makeWorkers(
  plan: WorkersPlan,
  world: World,
  core: Core,
  events: ProxyEvents,
  server: () => ProxyServer,
): SimWorkers {
  let lastLossMs = 0;
  /** By worker. */
  const lostBy = new Map<number, number>();
  const report = world.network.report;
  const threads = new SimThreads(plan, world.proxy, core, {
    onRecord: (record) => events.onConnectionEnd?.(record),
    onExchange: (record) => events.onExchangeEnd?.(record),
    onDeath: (worker, timers) => {
      if (timers > 0) report("nothing-left-running", `worker ${worker} ends with ${timers} timers`);
      let lost = 0;
      let held = 0;
      for (const { service } of server().listeners) {
        const ended = Object.values(service.counters.outcomes).reduce((sum, counter) => sum + counter.of(worker), 0);
        lost += service.counters.clients.of(worker) - ended;
        held += service.admission.connections.of(worker);
      }
      if (held > 0) lastLossMs = world.queue.nowMs;
      // Outcomes of HTTP are those of exchanges, of which a connection has several.
      if (world.http !== undefined) lost = held;
      if (lost !== held)
        report("workers-add-up", `worker ${worker} dies with ${held} connections, ${lost} did not end`);
      lostBy.set(worker, (lostBy.get(worker) ?? 0) + lost);
    },
  });
  const pool = new core.WorkerPool({
    workers: plan.count,
    settings: world.scenario.settings,
    runtime: world.runtime,
    log: { level: "info", format: "json", colours: false, access: { format: "auto", template: "", sample: 1 } },
    spawn: threads.spawn,
    prepare: () => new Promise((resolve) => world.queue.settleAfter(plan.messageMs[1], resolve)),
    waits: threads.waitsOf(world.proxy.mainThread),
    events: {
      onAcceptError() {},
      onNoReactor() {},
      onRefusals() {},
      onWorkerDied: (worker) => world.network.trace?.("pool", `worker ${worker} died`),
      onWorkerReplaced: (worker) => world.network.trace?.("pool", `worker ${worker} is replaced`),
      onLog() {},
    },
  });
  let closed = false;
  return {
    front: {
      workers: plan.count,
      bell: pool.bell,
      make(plane, wake) {
        const front: Front = pool.make(plane, wake);
        return {
          open: () => front.open(),
          async close() {
            const { nowMs } = world.queue;
            await front.close();
            // For a worker that stands still longer than that nobody waits: it stops to accept when it goes on.
            closed = world.queue.nowMs - nowMs < answerMs;
          },
          cut: () => front.cut(),
        };
      },
    },
    threads,
    events: telling(pool, events),
    get lost() {
      return lostBy.values().reduce((sum, count) => sum + count, 0);
    },
    get lastLossMs() {
      return lastLossMs;
    },
    get closed() {
      return closed;
    },
  };
}

/** How long the pool waits for a worker that is to stop accepting. */
const answerMs = 1000;

function telling(pool: WorkerPool, events: ProxyEvents): ProxyEvents {
  return {
    ...events,
    onUpstreamChange(upstream, change, endpoint) {
      events.onUpstreamChange?.(upstream, change, endpoint);
      if (change === "endpoints" && endpoint !== undefined) pool.endpointsChanged(upstream, endpoint);
    },
  };
}
