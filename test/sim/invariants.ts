import type { OutcomeCode } from "../../src/core/observe/outcome.ts";
import type { Service } from "../../src/core/server/data-plane.ts";
import type { Peer } from "./peer.ts";
import type { Run } from "./run-scenario.ts";
import type { ClientRun } from "./world.ts";
import type { ListenerSettings } from "../../src/core/server/settings.ts";

/** Something that must hold; `check` reports what does not. */
export interface Invariant {
  readonly name: string;
  check(run: Run, fail: (message: string) => void): void;
}

/** What must hold of connections, where nobody speaks HTTP. */
function isTcp({ world }: Run): boolean {
  return world.http === undefined;
}

/** How long a drain may take after the last connection has ended, with workers that must be told and asked. */
const drainEndMs = 500;

/** What must hold some time after the last fault, while the proxy serves. */
const whenSettled: readonly Invariant[] = [
  {
    name: "healthy-again",
    check({ server }, fail) {
      for (const { settings, endpoints } of server.upstreams) {
        if (settings.health === undefined) continue;
        for (const { name, health, probed } of endpoints)
          // Half-closed connections may hold the last descriptors of a small host for longer than this waits.
          if (probed && health.status !== "healthy" && health.lastProbe !== "resources")
            fail(`${settings.name} ${name} is ${health.status}: ${health.lastProbe}`);
      }
    },
  },
  {
    name: "fail-open-agrees",
    check({ server }, fail) {
      for (const { settings, tiers, keeper } of server.upstreams) {
        const open = tiers.filter(({ endpoints }) => endpoints.some(({ failOpen }) => failOpen));
        if (open.length !== Number(keeper.failOpen))
          fail(`${settings.name}: ${open.length} tiers fail open, and the keeper says ${keeper.failOpen}`);
        for (const { endpoints } of open)
          if (!endpoints.every(({ failOpen }) => failOpen)) fail(`${settings.name}: a part of a tier fails open`);
      }
    },
  },
  {
    name: "serves-again",
    check(run, fail) {
      for (const { plan, peer, address } of run.lateClients) {
        const outcome = address === undefined ? "never connected" : (run.records.get(address)?.outcome ?? "no record");
        if ((peer?.closeReason !== "ended" || outcome !== "ok") && !mayBeRefused(run, plan.listener))
          fail(`client ${plan.id} comes when all is well, and gets ${peer?.closeReason}: ${outcome}`);
      }
    },
  },
];

/** Whom a listener's connections go to, where there is one for all. */
function upstreamOf(settings: ListenerSettings | undefined): string | undefined {
  return settings === undefined || settings.protocol === "http" ? undefined : settings.upstream;
}

/** A limit, or a person, may keep a client away although all is well. `name`: of the upstream that it is for. */
export function mayBeRefused({ scenario, server }: Run, listener: number, name?: string): boolean {
  const settings = scenario.settings.listeners[listener];
  const upstream = server.upstreams.find((one) => one.settings.name === (name ?? upstreamOf(settings)));
  if (settings === undefined || upstream === undefined) return true;
  const limited = scenario.maxDescriptors !== undefined || scenario.settings.limits.maxConnections !== "auto";
  const bounded = upstream.settings.endpoints.some(({ maxConnections }) => maxConnections !== undefined);
  const ready = upstream.endpoints.some(({ adminState }) => adminState === "ready");
  return limited || bounded || settings.maxConnections !== undefined || !ready;
}

/** What must hold as soon as the proxy says that it has stopped. */
const whenStopped: readonly Invariant[] = [
  {
    name: "nothing-left-running",
    check({ world }, fail) {
      const { proxy, network } = world;
      const whose = world.removedEndpoints.length > 0 ? ", perhaps of removed endpoints" : "";
      if (proxy.loop.timers > 0) fail(`${proxy.loop.timers} timers${whose}`);
      if (proxy.listeners.size > 0) fail(`${proxy.listeners.size} listeners`);
      if (proxy.pendingConnects > 0) fail(`${proxy.pendingConnects} connects`);
      if (network.dns.pending > 0) fail(`${network.dns.pending} look-ups`);
    },
  },
];

/** What must hold when all is over. */
const atEnd: readonly Invariant[] = [
  {
    name: "nothing-left-open",
    check({ world }, fail) {
      const { proxy, network } = world;
      const [socket] = proxy.sockets;
      if (socket !== undefined) fail(`${proxy.sockets.size} sockets, one is ${socket.name}`);
      if (proxy.listeners.size > 0) fail(`${proxy.listeners.size} listeners`);
      if (proxy.pendingConnects > 0) fail(`${proxy.pendingConnects} connects`);
      if (network.dns.pending > 0) fail(`${network.dns.pending} look-ups`);
      if (proxy.loop.timers > 0) fail(`${proxy.loop.timers} timers`);
    },
  },
  {
    name: "counters-back-to-zero",
    check({ server, world }, fail) {
      const zero = (who: string, counts: Readonly<Record<string, number>>): void => {
        for (const [what, count] of Object.entries(counts)) if (count !== 0) fail(`${who}: ${what} is ${count}`);
      };
      for (const { settings, endpoints, activeConnections, pendingConnects, queue, retryBudget } of server.upstreams) {
        zero(settings.name, { activeConnections, pendingConnects, queued: queue.length, retries: retryBudget.active });
        if (queue.hasFresh) fail(`${settings.name}: a ticket of the queue is left`);
        for (const endpoint of endpoints) zero(endpoint.name, { activeConnections: endpoint.activeConnections });
      }
      for (const { name, activeConnections } of world.removedEndpoints) zero(name, { activeConnections });
      zero("process", { connections: server.gate.connections.active });
      for (const { service } of server.listeners) {
        const { connections } = service.admission;
        zero(service.settings.name, { connections: service.connections.size, admitted: connections.active });
      }
    },
  },
  {
    name: "outcomes-add-up",
    check(run, fail) {
      if (!isTcp(run)) return;
      const { server, records, workers } = run;
      let total = 0;
      let notEnded = 0;
      for (const { service } of server.listeners) {
        const counted = Object.values(service.counters.outcomes).reduce((sum, { total: count }) => sum + count, 0);
        if (counted !== service.counters.clients.total)
          fail(`${counted} outcomes of ${service.counters.clients.total} connections`);
        notEnded += service.counters.outcomes["worker-died"].total;
        total += service.counters.clients.total - refusalsOf(service);
      }
      const lost = workers?.lost ?? 0;
      if (notEnded !== lost) fail(`${notEnded} connections that ended with their worker, and ${lost} did`);
      if (records.size !== total - lost) fail(`${records.size} records of ${total - lost} connections`);
    },
  },
  {
    name: "bytes-add-up",
    check(run, fail) {
      const { server, records, workers } = run;
      if (!isTcp(run)) return;
      // What went over connections that have no record is counted all the same.
      if (workers !== undefined && workers.lost > 0) return;
      for (const { service } of server.listeners) {
        let up = 0;
        let down = 0;
        for (const record of records.values()) {
          if (record.listener !== service.settings.name) continue;
          up += record.bytesUp;
          down += record.bytesDown;
        }
        if (up !== service.counters.up.total) fail(`${service.counters.up.total} bytes up, ${up} in the records`);
        if (down !== service.counters.down.total)
          fail(`${service.counters.down.total} bytes down, ${down} in the records`);
      }
    },
  },
  {
    name: "clients-are-told",
    check({ world, lateClients }, fail) {
      for (const { peer } of [...world.clients, ...lateClients])
        if (peer !== undefined && peer.closeReason === undefined && !peer.socket.disturbed && !isHalfOpen(peer))
          fail(`${peer.name} still waits`);
    },
  },
  {
    name: "ok-is-complete",
    check(run, fail) {
      for (const client of run.world.clients) checkOk(run, client, fail);
    },
  },
  {
    name: "attempts-bounded",
    check({ scenario, records }, fail) {
      for (const record of records.values()) {
        const upstream = scenario.settings.upstreams.find(({ name }) => name === record.upstream);
        if (upstream === undefined) continue;
        const most = upstream.connectRetries + 1;
        if (record.attempts > most) fail(`${record.attempts} attempts, at most ${most} may be`);
      }
    },
  },
];

/** Clients that a limit refused: they are counted, and have no record. */
export function refusalsOf({ counters: { outcomes } }: Service): number {
  return refusals.reduce((sum, code) => sum + outcomes[code].total, 0);
}

const refusals: readonly OutcomeCode[] = ["limit-process", "limit-listener", "limit-client", "limit-rate", "overload"];

/** It has sent no FIN and was sent one: the proxy's side is closed, and the kernel tells only who writes. */
function isHalfOpen(peer: Peer): boolean {
  return peer.endSeen && !peer.finSent;
}

/** A record that says `ok`, of a connection that no fault has touched: everything arrived, with both FINs. */
function checkOk({ records }: Run, { address, peer }: ClientRun, fail: (message: string) => void): void {
  const record = address === undefined ? undefined : records.get(address);
  if (record?.outcome !== "ok" || peer === undefined) return;
  const { linked } = peer;
  if (linked === undefined || !peer.clean || !linked.clean) return;
  for (const [from, to, bytes] of [
    [peer, linked, record.bytesUp],
    [linked, peer, record.bytesDown],
  ] as const) {
    if (!from.finSent) fail(`${from.name} sent no FIN`);
    if (!to.endSeen) fail(`${to.name} got no FIN`);
    if (from.sentBytes !== to.receivedBytes)
      fail(`${from.sentBytes} bytes sent by ${from.name}, ${to.receivedBytes} arrived`);
    if (bytes !== from.sentBytes) fail(`${bytes} bytes in the record, ${from.name} sent ${from.sentBytes}`);
    if (to.closeReason !== "ended") fail(`${to.name} ended with ${to.closeReason}`);
  }
}

/** Checks what must hold some time after the last fault. */
export function checkWhenSettled(run: Run): void {
  check(whenSettled, run);
}

/** Checks what must hold as soon as the proxy has stopped. */
export function checkWhenStopped(run: Run): void {
  check(whenStopped, run);
}

/** A drain ends soon after the last connection has. */
export function checkDrain({ world, workers, lastEndMs, report }: Run, startMs: number): void {
  const { nowMs } = world.queue;
  const lastMs = Math.max(startMs, lastEndMs, workers?.lastLossMs ?? 0, world.stalledUntilMs);
  if (nowMs - lastMs > drainEndMs)
    report("drain-ends", `the drain goes on for ${nowMs - lastMs} ms with no connection`);
}

/** Checks what must hold when all is over. */
export function checkAtEnd(run: Run): void {
  check(atEnd, run);
}

function check(invariants: readonly Invariant[], run: Run): void {
  for (const { name, check: ask } of invariants) ask(run, (message) => run.report(name, message));
}
