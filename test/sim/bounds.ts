import type { SharedMemory } from "../../src/core/memory/shared-memory.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import type { KeptUpstream } from "../../src/core/upstream/upstream-keeper.ts";
import type { Run } from "./run-scenario.ts";

/** Timers may be as late as that. */
const lateMs = 20;

/** Reports a count above its bound. */
type AtMost = (what: string, count: number, bound: number) => void;

/** What must hold at any time while the proxy runs; looked at whenever something is told. */
export function checkBounds(run: Run): void {
  const { server, report } = run;
  checkShares(server.plane.memory, report);
  for (const { settings, endpoints, keeper } of server.upstreams) {
    const ejected = endpoints.filter(({ ejection }) => ejection?.active === true).length;
    const counted = keeper.outlier?.ejected ?? 0;
    if (counted !== ejected)
      report("ejections-counted", `${settings.name}: ${ejected} are ejected, and ${counted} by the count`);
  }
  const atMost: AtMost = (what, count, bound) => {
    if (count < 0 || count > bound) report("bounds-hold", `${what}: ${count}, at most ${bound} may be`);
  };
  // The probe of a worker that died is given up after a while.
  const probesAreLive = run.workers === undefined || run.workers.lost === 0;
  for (const upstream of server.upstreams) checkUpstream(upstream, probesAreLive, atMost);
  for (const { service } of server.listeners) {
    const { settings, admission } = service;
    const { connections } = admission;
    atMost(`${settings.name}: connections`, connections.active, connections.limit);
    if (admission.clients !== undefined && settings.maxConnectionsPerClient !== undefined)
      atMost(`${settings.name}: of one client`, admission.clients.highest, settings.maxConnectionsPerClient);
  }
  const { active, limit } = server.gate.connections;
  atMost("connections of the process", active, limit);
}

/** What there is of something is what the workers have of it, together. */
function checkShares(memory: SharedMemory, report: Run["report"]): void {
  const { totals } = memory;
  for (let index = 0; index < totals.length; index++) {
    const total = totals[index] ?? 0;
    let sum = 0;
    for (let worker = 0; worker < memory.workers; worker++) sum += memory.shareOf(worker, index);
    if (sum !== total) report("shares-add-up", `total ${index} is ${total}, and ${sum} the shares of all workers`);
  }
}

function checkUpstream(upstream: KeptUpstream, probesAreLive: boolean, atMost: AtMost): void {
  const { settings, endpoints, pendingConnects, queue, retryBudget, breaker, keeper } = upstream;
  const { outlier } = keeper;
  atMost(`${settings.name}: pending connects`, pendingConnects, settings.maxPendingConnects);
  atMost(`${settings.name}: queue`, queue.length, settings.queue.maxLength);
  atMost(`${settings.name}: retries under way`, retryBudget.active, upstream.activeConnections);
  if (probesAreLive) {
    atMost(`${settings.name}: probes of the breaker`, breaker?.probes ?? 0, upstream.activeConnections);
    for (const { name, breaker: own, activeConnections } of endpoints)
      atMost(`${name}: probes of the breaker`, own?.probes ?? 0, activeConnections);
  }
  if (outlier !== undefined) {
    const ejected = endpoints.filter(({ ejection }) => ejection?.active === true).length;
    // Endpoints may have been taken out since.
    const total = Math.max(endpoints.length, settings.endpoints.length);
    atMost(`${settings.name}: ejected`, ejected, Math.max(0, outlier.maxEjected(total)));
  }
  for (const { name, activeConnections, maxConnections } of endpoints)
    atMost(`${name}: active connections`, activeConnections, maxConnections);
}

/** Every breaker that is open is watched: it will be half-open in time, whichever worker opened it. Not to be asked in the middle of a call. */
export function checkBreakers({ server, world, workers, report }: Run): void {
  if (workers?.threads.settled === false || world.queue.nowMs < world.stalledUntilMs + lateMs) return;
  const nowMs = world.runtime.clock.now();
  for (const { settings, breaker, endpoints } of server.upstreams)
    for (const [name, one] of [
      [settings.name, breaker],
      ...endpoints.map((endpoint) => [endpoint.name, endpoint.breaker] as const),
    ] as const) {
      if (one?.state !== "open") continue;
      if (one.halfOpenAtMs === undefined) report("breaker-watched", `${name}: nobody watches the open breaker`);
      else if (one.halfOpenAtMs < nowMs - lateMs) report("breaker-watched", `${name}: the breaker stays open`);
    }
}

/** The health of an endpoint has changed: what we ran out of ourselves says nothing about it. */
export function checkHealth({ report }: Pick<Run, "report">, upstream: KeptUpstream, endpoint: Endpoint): void {
  const { status, lastProbe } = endpoint.health;
  if (status === "unhealthy" && lastProbe === "resources")
    report("health-true", `${upstream.settings.name} ${endpoint.name} is unhealthy, because we are out of descriptors`);
}

/** An ejection has begun or ended: the last endpoint that could serve is never the one that is taken out. */
export function checkEjection({ report, workers }: Run, upstream: KeptUpstream, endpoint: Endpoint): void {
  if (endpoint.ejection?.active !== true || workers?.threads.settled === false) return;
  if (!upstream.endpoints.some(({ usable }) => usable))
    report("last-not-ejected", `${upstream.settings.name}: ${endpoint.name} was the last that could serve`);
}

/** A connection found no endpoint, or waited for one in vain: there must have been none. */
export function checkNoEndpoint({ report, workers }: Run, upstream: KeptUpstream, outcome: string): void {
  // Who does not know yet that there is one cannot have it.
  if (workers?.threads.settled === false) return;
  const serving = upstream.endpoints.filter(({ inService }) => inService);
  const share = upstream.settings.failOpenBelow;
  if (outcome === "no-endpoint" && share === undefined && serving[0] !== undefined)
    report("outcome-true", `no-endpoint, although ${serving[0].name} serves`);
  // A backup does not help out as long as a lower tier serves, however busy that is.
  const free = serving.find(({ full, priority }) => !full && priority === upstream.servingPriority);
  const bounded =
    upstream.pendingConnects >= upstream.settings.maxPendingConnects || upstream.breaker?.allows === false;
  if (outcome === "queue-timeout" && free !== undefined && !bounded && share === undefined)
    report("queue-moves", `a connection waited in vain, although ${free.name} has room`);
}
