import { formatAddress } from "../../core/runtime/address.ts";
import type { Terminal } from "../terminal.ts";
import type { LatencyHistogram } from "./latency-histogram.ts";
import type { LoadRun } from "./load-run.ts";
import { type LoadError, loadErrorKinds, loadErrors } from "./load-stats.ts";

/** What a load run found: what `--json` prints. Keys are only ever added. */
export interface LoadSummary {
  /** The target. */
  readonly address: string;
  /** Clients, each with one connection at a time. */
  readonly connections: number;
  readonly sizeBytes: number;
  /** Whether each round trip had a connection of its own, whose connect is part of the latency. */
  readonly churn: boolean;
  /** How long it ran. */
  readonly seconds: number;
  /** Connections ever made. */
  readonly connectionsMade: number;
  /** Round trips of which every byte was right. */
  readonly roundTrips: number;
  readonly roundTripsPerSecond: number;
  /** Payload each way, from the round trips. */
  readonly bytesPerSecond: number;
  readonly latencyMs: LatencySummary;
  /** All errors. */
  readonly errorCount: number;
  /** How many of each kind; kinds that did not occur are 0. */
  readonly errors: Readonly<Record<LoadError, number>>;
}

/** Quantiles of the latency in milliseconds, within 1 %; the maximum is exact. */
export interface LatencySummary {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** Sums up a run. */
export function summarize(run: LoadRun): LoadSummary {
  const { options, stats, seconds } = run;
  return {
    address: formatAddress(options.address),
    connections: options.connections,
    sizeBytes: options.sizeBytes,
    churn: options.roundTripsPerConnection === 1,
    seconds: round(seconds, 3),
    connectionsMade: stats.connections,
    roundTrips: stats.roundTrips,
    roundTripsPerSecond: perSecond(stats.roundTrips, seconds),
    bytesPerSecond: perSecond(stats.roundTrips * options.sizeBytes, seconds),
    latencyMs: latencySummary(stats.latency),
    errorCount: stats.errorCount,
    errors: { ...stats.errors },
  };
}

/** The quantiles of a histogram. */
export function latencySummary(latency: LatencyHistogram): LatencySummary {
  return {
    p50: round(latency.quantileMs(0.5), 4),
    p90: round(latency.quantileMs(0.9), 4),
    p99: round(latency.quantileMs(0.99), 4),
    p999: round(latency.quantileMs(0.999), 4),
    max: round(latency.maxMs, 4),
  };
}

/** Writes a summary for people. */
export function formatSummary(summary: LoadSummary, terminal: Terminal): string {
  const { latencyMs: latency, errorCount } = summary;
  const errors = errorCount === 0 ? terminal.style("green", "0") : terminal.style("red", formatCount(errorCount));
  const lines = [
    row("round trips", `${formatCount(summary.roundTrips)} in ${summary.seconds.toFixed(1)} s, verified byte by byte`),
    row("per second", `${formatCount(summary.roundTripsPerSecond)}, ${formatRate(summary.bytesPerSecond)} each way`),
    row(
      "latency",
      `p50 ${formatMs(latency.p50)}  p90 ${formatMs(latency.p90)}  p99 ${formatMs(latency.p99)}  ` +
        `p99.9 ${formatMs(latency.p999)}  max ${formatMs(latency.max)}`,
    ),
    row("connections", formatCount(summary.connectionsMade)),
    row("errors", errors),
  ];
  for (const kind of loadErrorKinds) {
    const count = summary.errors[kind];
    if (count > 0) lines.push(row("", `${formatCount(count).padStart(7)}  ${kind}: ${loadErrors[kind]}`));
  }
  return `${lines.join("\n")}\n`;
}

/** A line on what happened lately: `perSecond` round trips and `recent` latencies. */
export function formatProgress(seconds: number, perSecondLately: number, run: LoadRun): string {
  const { recent, errorCount } = run.stats;
  return (
    `${seconds.toFixed(0).padStart(4)} s ${formatCount(perSecondLately).padStart(10)} round trips/s` +
    `   p50 ${formatMs(recent.quantileMs(0.5))}   p99 ${formatMs(recent.quantileMs(0.99))}   errors ${formatCount(errorCount)}`
  );
}

/** `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en-US");
}

/** Milliseconds with three digits that matter. */
export function formatMs(ms: number): string {
  return `${ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0)} ms`;
}

function formatRate(bytesPerSecond: number): string {
  return `${(bytesPerSecond / 1e6).toFixed(bytesPerSecond < 1e8 ? 2 : 0)} MB/s`;
}

function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? round(count / seconds, 1) : 0;
}

function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}

function row(name: string, value: string): string {
  return `${name.padEnd(13)}${value}`;
}
