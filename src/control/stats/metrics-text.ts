/** The Prometheus text format (prometheus.io/docs/instrumenting/exposition_formats), version 0.0.4. */
import type { HistogramStats } from "./upstream-stats.ts";

/** The media type of the text. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/**
 * The labels of a series as they are written: see `labels`. A text, because a thing has the same ones in twenty families.
 */
export type Labels = string;

/** One series and its value; null is a limit that does not hold, which is written as +Inf. */
export type Sample = readonly [labels: Labels, value: number | null];

/** Writes labels. Values come from the config, the code and the admin API only: no client can make a new series. */
export function labels(values: Readonly<Record<string, string>>): Labels {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(",");
}

/** A metric with all its series; nothing at all when there are none. */
export function family(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  return head(name, type, help) + samples.map(([of, value]) => sample(name, of, value ?? Infinity)).join("");
}

/** One series for each state a thing may be in: 1 for the one it is in. */
export function states<T extends string>(
  label: string,
  all: readonly T[],
  things: readonly (readonly [labels: Labels, state: T | null])[],
): Sample[] {
  return things.flatMap(([of, current]) =>
    all.map((state): Sample => [withLabel(of, label, state), state === current ? 1 : 0]),
  );
}

/** A histogram with all its series. */
export function histogram(name: string, help: string, series: readonly (readonly [Labels, HistogramStats])[]): string {
  const lines = series.map(([of, { boundsSeconds, counts, sumSeconds }]) => {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return sample(`${name}_bucket`, withLabel(of, "le", String(boundsSeconds[index] ?? "+Inf")), total);
    });
    return [...buckets, sample(`${name}_sum`, of, sumSeconds), sample(`${name}_count`, of, total)].join("");
  });
  return head(name, "histogram", help) + lines.join("");
}

/** The series of bytes that went each way. */
export function directions(
  of: Labels,
  bytes: { readonly bytesUp: number; readonly bytesDown: number },
): readonly Sample[] {
  return [
    [withLabel(of, "direction", "up"), bytes.bytesUp],
    [withLabel(of, "direction", "down"), bytes.bytesDown],
  ];
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function sample(name: string, of: Labels, value: number): string {
  return `${name}${of === "" ? "" : `{${of}}`} ${value === Infinity ? "+Inf" : value}\n`;
}

/** One more label; its value is a word of the code. */
function withLabel(of: Labels, name: string, value: string): Labels {
  return `${of}${of === "" ? "" : ","}${name}="${value}"`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
