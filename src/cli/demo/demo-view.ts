import { formatAddress } from "../../core/runtime/address.ts";
import type { Health } from "../../core/health/health-state.ts";
import { formatCount, formatMs } from "../load/load-summary.ts";
import type { Style, Terminal } from "../terminal.ts";
import type { DemoEvent, DemoEventKind } from "./demo-event.ts";
import type { DemoRun } from "./demo-run.ts";

/** What is shown of one endpoint at a time. */
interface EndpointRow {
  readonly name: string;
  readonly health: Health;
  readonly active: number;
  readonly connections: number;
  /** Of the new connections lately, 0 to 1. */
  readonly share: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** The numbers of one moment. */
export interface DemoSample {
  readonly seconds: number;
  readonly endpoints: readonly EndpointRow[];
  readonly roundTripsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly active: number;
  readonly retries: number;
  readonly errors: number;
}

/** Takes the numbers of a demo, each time since the last time. */
export class DemoSampler {
  readonly #demo: DemoRun;
  readonly #shareSamples: number;
  readonly #history: number[][] = [];
  #lastMs = 0;
  #lastRoundTrips = 0;

  /** `shareSamples`: over how many samples an endpoint's share is taken. */
  constructor(demo: DemoRun, shareSamples: number) {
    this.#demo = demo;
    this.#shareSamples = shareSamples;
  }

  take(): DemoSample {
    const demo = this.#demo;
    const { stats } = demo.traffic;
    const nowMs = demo.elapsedMs;
    const rate = ((stats.roundTrips - this.#lastRoundTrips) * 1000) / Math.max(1, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#lastRoundTrips = stats.roundTrips;
    const sample = {
      seconds: nowMs / 1000,
      endpoints: this.#rows(),
      roundTripsPerSecond: rate,
      p50Ms: stats.recent.quantileMs(0.5),
      p99Ms: stats.recent.quantileMs(0.99),
      active: demo.server.activeConnections,
      retries: demo.retries,
      errors: stats.errorCount,
    };
    stats.recent.clear();
    return sample;
  }

  #rows(): EndpointRow[] {
    const endpoints = this.#demo.server.upstreams[0]?.endpoints ?? [];
    const totals = endpoints.map((endpoint) => endpoint.connections.total);
    this.#history.push(totals);
    if (this.#history.length > this.#shareSamples + 1) this.#history.shift();
    const before = this.#history.length > 1 ? this.#history[0] : undefined;
    const fresh = totals.map((total, index) => total - (before?.[index] ?? 0));
    const all = fresh.reduce((sum, count) => sum + count, 0);
    return endpoints.map((endpoint, index) => ({
      name: endpoint.name,
      health: endpoint.health.status,
      active: endpoint.activeConnections,
      connections: endpoint.connections.total,
      share: all === 0 ? 0 : (fresh[index] ?? 0) / all,
      bytesIn: endpoint.up.total,
      bytesOut: endpoint.down.total,
    }));
  }
}

const healthStyles: Readonly<Record<Health, Style>> = { healthy: "green", unhealthy: "red", unknown: "yellow" };
const eventStyles: Readonly<Record<DemoEventKind, Style>> = {
  killed: "red",
  out: "yellow",
  returned: "cyan",
  in: "green",
  serves: "green",
  failed: "red",
};

/** The lines of the table, at most 80 columns wide. */
export function tableLines(
  demo: DemoRun,
  sample: DemoSample,
  events: readonly DemoEvent[],
  terminal: Terminal,
): string[] {
  const title = `${terminal.style("bold", "geryon demo")}  clients -> ${formatAddress(demo.address)} -> p2c -> ${sample.endpoints.length} echoes`;
  return [
    `${title}   ${sample.seconds.toFixed(1)} s   ${terminal.style("dim", "Ctrl-C ends")}`,
    "",
    terminal.style("dim", "endpoint          health     active  connections  share          KB in  KB out"),
    ...sample.endpoints.map((row) => rowLine(row, terminal)),
    "",
    `proxy    ${formatCount(sample.roundTripsPerSecond)} round trips/s   p50 ${formatMs(sample.p50Ms)}   p99 ${formatMs(sample.p99Ms)}   ${sample.active} open`,
    `clients  ${errorsText(sample.errors, terminal)}   connects retried: ${formatCount(sample.retries)}`,
    "",
    ...events.flatMap((event) => [
      `${timeText(event)}  ${terminal.style(eventStyles[event.kind], event.what)}`,
      `         ${terminal.style("dim", event.why)}`,
    ]),
  ];
}

/** An event as plain lines. */
export function eventText(event: DemoEvent): string {
  return `${timeText(event)}  ${event.what}\n         ${event.why}\n`;
}

/** The state in one plain line. */
export function statusText(sample: DemoSample): string {
  const endpoints = sample.endpoints.map((row) => `${portOf(row.name)} ${row.health} ${percent(row.share)}`);
  return (
    `${sample.seconds.toFixed(1).padStart(5)} s  ${formatCount(sample.roundTripsPerSecond)} round trips/s, ` +
    `p50 ${formatMs(sample.p50Ms)}, p99 ${formatMs(sample.p99Ms)}, retries ${sample.retries}, ` +
    `client errors ${sample.errors} | ${endpoints.join(", ")}\n`
  );
}

function rowLine(row: EndpointRow, terminal: Terminal): string {
  return [
    row.name.padEnd(16),
    terminal.style(healthStyles[row.health], row.health.padEnd(9)),
    `${row.active}`.padStart(6),
    formatCount(row.connections).padStart(11),
    `${terminal.style("cyan", bar(row.share))} ${percent(row.share).padStart(4)}`,
    kilobytes(row.bytesIn).padStart(6),
    kilobytes(row.bytesOut).padStart(6),
  ].join("  ");
}

function errorsText(errors: number, terminal: Terminal): string {
  const text = `errors: ${formatCount(errors)}`;
  return errors === 0 ? terminal.style("green", text) : terminal.style("red", text);
}

function timeText(event: DemoEvent): string {
  return `${(event.atMs / 1000).toFixed(1).padStart(5)} s`;
}

const barWidth = 8;

function bar(share: number): string {
  return "█".repeat(Math.round(share * barWidth)).padEnd(barWidth, "░");
}

function percent(share: number): string {
  return `${Math.round(share * 100)}%`;
}

function kilobytes(bytes: number): string {
  return bytes < 1e8 ? formatCount(bytes / 1000) : `${formatCount(bytes / 1e6)}M`;
}

function portOf(name: string): string {
  return name.slice(name.lastIndexOf(":"));
}
