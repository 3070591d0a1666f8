import { spanText } from "../../control/stats/span-text.ts";
import type { ClientStats, ListenerStats, OverloadStats, Stats, WorkerStats } from "../../control/stats/stats.ts";
import type { UpstreamStats } from "../../control/stats/upstream-stats.ts";
import type { Terminal } from "../terminal.ts";
import { stateOf } from "./endpoint-table.ts";
import { groupByReasons, groupNames, reasonLines } from "./reasons.ts";

/** From this share of a limit on, it is worth a look. */
const nearShare = 0.8;
/** Of each upstream, so many endpoints that are out, or groups of them, are shown. */
const maxShown = 10;
/** So many workers are shown one by one. */
const maxWorkersShown = 16;

/** How the proxy is, for people: each bound with its use, and what is out of order. */
export function statusText(stats: Stats, terminal: Terminal, nowMs: number): string {
  const { version, runtime, runtimeVersion, phase, uptimeSeconds, connections } = stats;
  const words = new Words(terminal, nowMs);
  const phaseText = terminal.style(phase === "ready" ? "green" : "yellow", phase);
  const lines = [
    `geryon ${version} on ${runtime} ${runtimeVersion}: ${phaseText}, up ${spanText(uptimeSeconds * 1000)}`,
    words.row("connections", `${words.use(connections.active, connections.limit)}, at most ${connections.peak} so far`),
    ...words.workers(stats.workers),
    words.row("overload", words.overload(stats.overload)),
    ...(stats.logLinesDropped === 0 ? [] : [words.row("log lines", `${stats.logLinesDropped} dropped`)]),
    ...stats.listeners.flatMap((one) => ["", ...words.listener(one)]),
    ...stats.upstreams.flatMap((one) => ["", ...words.upstream(one)]),
  ];
  return `${lines.join("\n")}\n`;
}

class Words {
  readonly #terminal: Terminal;
  readonly #nowMs: number;

  constructor(terminal: Terminal, nowMs: number) {
    this.#terminal = terminal;
    this.#nowMs = nowMs;
  }

  row(name: string, value: string): string {
    return `  ${name.padEnd(14)}${value}`;
  }

  /** `12 of 100`, in a colour when it is near the limit. */
  use(active: number, limit: number | null): string {
    if (limit === null) return `${active}, no limit`;
    const text = `${active} of ${limit}`;
    if (limit === 0 || active < limit * nearShare) return text;
    return this.#terminal.style(active < limit ? "yellow" : "red", text);
  }

  /** Nothing of one that is alone: it is the process itself. */
  workers(all: readonly WorkerStats[]): string[] {
    if (all.length < 2) return [];
    const counts = all.map((one) => one.activeConnections);
    const each =
      all.length > maxWorkersShown
        ? `${Math.min(...counts)} to ${Math.max(...counts)} connections each`
        : `${counts.join(", ")} connections`;
    const behind = all.filter((one) => one.io !== "reactor");
    const names = behind.slice(0, maxWorkersShown).map((one) => `worker ${one.index}`);
    const restarted = all.filter((one) => one.restarts > 0).toSorted((a, b) => b.restarts - a.restarts);
    const restarts = restarted.slice(0, maxWorkersShown).map((one) => `worker ${one.index}: ${one.restarts}`);
    return [
      this.row("workers", `${all.length}, with ${each}`),
      // Where all are alike the listeners tell.
      ...(behind.length === 0 || behind.length === all.length
        ? []
        : [this.row("no reactor", this.#terminal.style("yellow", names.join(", ")))]),
      ...(restarts.length === 0 ? [] : [this.row("restarts", restarts.join(", "))]),
    ];
  }

  overload(overload: OverloadStats | null): string {
    if (overload === null) return "off: nothing is shed";
    const { cause, readings, limits } = overload;
    const verdict = cause === null ? "none" : this.#terminal.style("red", `${cause}: new connections are refused`);
    const parts = [
      `descriptors ${percent(readings.descriptorShare)} of ${percent(limits.descriptorShare)}`,
      `memory ${percent(readings.memoryShare)} of ${percent(limits.memoryShare)}`,
      `loop lag ${Math.round(readings.loopLagMs)} of ${limits.loopLagMs} ms`,
    ];
    return `${verdict} (${parts.join(", ")})`;
  }

  listener(one: ListenerStats): string[] {
    return [
      this.#title(
        "listener",
        one.name,
        `on ${one.address}, ${one.upstream === null ? "by routes" : `to ${one.upstream}`}`,
      ),
      this.row("io", one.io),
      this.row("connections", this.use(one.activeConnections, one.maxConnections)),
      this.row("so far", soFar(one)),
      this.row("refused", countsText(one.refused)),
      this.row("failed", countsText(failures(one))),
      ...(one.clients === null ? [] : [this.row("per client", this.#clients(one.clients))]),
      ...(one.acceptErrors === 0 ? [] : [this.row("accept errors", `${one.acceptErrors}`)]),
    ];
  }

  upstream(one: UpstreamStats): string[] {
    const available = one.endpoints.filter((endpoint) => endpoint.available).length;
    const ok = available === one.endpoints.length;
    const count = `${available} of ${one.endpoints.length} available`;
    return [
      this.#title("upstream", one.name, `policy ${one.policy}`),
      this.row("endpoints", ok ? count : this.#terminal.style(available === 0 ? "red" : "yellow", count)),
      this.row("connections", `${one.activeConnections}`),
      this.row("connecting", this.use(one.pendingConnects.active, one.pendingConnects.limit)),
      this.row("queue", `${this.use(one.queue.length, one.queue.limit)}, ${one.queue.total} waited so far`),
      this.row("retries", `${this.use(one.retries.active, one.retries.limit)}, ${one.retries.total} so far`),
      ...(one.breaker === null ? [] : [this.row("breaker", this.#breaker(one.breaker))]),
      ...(one.ejected === null || one.ejected.limit === 0
        ? []
        : [this.row("ejected", this.use(one.ejected.count, one.ejected.limit))]),
      ...(one.failOpen
        ? [this.row("fail-open", this.#terminal.style("yellow", "too few endpoints are healthy: all ready ones serve"))]
        : []),
      ...this.#out(one),
    ];
  }

  /** The endpoints that are not available, and why. */
  #out(one: UpstreamStats): string[] {
    const groups = groupByReasons(one.endpoints.filter((endpoint) => !endpoint.available));
    const hidden = groups.slice(maxShown).reduce((sum, group) => sum + group.length, 0);
    return [
      ...groups.slice(0, maxShown).flatMap((group) => {
        const { word, style } = stateOf(group[0]);
        const lines = reasonLines(group, this.#terminal, this.#nowMs);
        return [
          this.row("out", `${groupNames(group)} ${this.#terminal.style(style, word)}`),
          ...lines.map((line) => `${" ".repeat(14)}${line}`),
        ];
      }),
      ...(hidden === 0 ? [] : [this.row("out", `${hidden} more: see \`geryon endpoints ${one.name}\``)]),
    ];
  }

  #clients({ remembered, highest, limit, rate }: ClientStats): string {
    return [
      ...(limit === null ? [] : [`at most ${this.use(highest, limit)}`]),
      ...(rate === null ? [] : [`${rate.perSecond}/s and ${rate.burst} at once`]),
      `${remembered} remembered`,
    ].join(", ");
  }

  #title(kind: string, name: string, rest: string): string {
    return `${this.#terminal.style("bold", `${kind} ${name}`)}  ${rest}`;
  }

  #breaker({ state, since, trips }: NonNullable<UpstreamStats["breaker"]>): string {
    const text = state === "closed" ? state : this.#terminal.style("red", state);
    const age = spanText(this.#nowMs - Date.parse(since));
    return trips === 0 ? text : `${text} for ${age}, opened ${trips === 1 ? "once" : `${trips} times`} so far`;
  }
}

/** What went wrong with connections that were let in; the refused ones are told of apart. */
function failures({ outcomes, refused }: ListenerStats): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(outcomes).filter(([code]) => code !== "ok" && !(code in refused)));
}

/** `no-endpoint 24, client-reset 2`, the most first. */
function countsText(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a);
  return some.map(([name, count]) => `${name} ${count}`).join(", ") || "none";
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** How many connections came, and what was served on them. */
function soFar({ totalConnections, outcomes, http }: ListenerStats): string {
  if (http === null) return `${totalConnections} came, ${outcomes.ok} ended well`;
  const { none, ...statuses } = http.statuses;
  const answered = countsText({ ...statuses, "no answer": none });
  return `${totalConnections} came with ${http.requests} requests${answered === "" ? "" : `: ${answered}`}`;
}
