/** The Prometheus text format (prometheus.io/docs/instrumenting/exposition_formats), version 0.0.4. */
import type { HistogramStats } from "./upstream-stats.ts";

/** The media type of the text. */
export const metricsContentType = "text/plain; version=0.0.4; charset=utf-8";

/** Label values by name. They come from the config, the code and the admin API only: no client can make a new series. */
export type Labels = Readonly<Record<string, string>>;

/** One series and its value; null is a limit that does not hold, which is written as +Inf. */
export type Sample = readonly [labels: Labels, value: number | null];

/** A metric with all its series; nothing at all when there are none. */
export function family(name: string, type: "gauge" | "counter", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  return head(name, type, help) + samples.map(([labels, value]) => sample(name, labels, value ?? Infinity)).join("");
}

/** One series for each state a thing may be in: 1 for the one it is in. */
export function states<T extends string>(
  label: string,
  all: readonly T[],
  things: readonly (readonly [labels: Labels, state: T | null])[],
): Sample[] {
  return things.flatMap(([labels, current]) =>
    all.map((state): Sample => [{ ...labels, [label]: state }, state === current ? 1 : 0]),
  );
}

/** A histogram with all its series. */
export function histogram(name: string, help: string, series: readonly (readonly [Labels, HistogramStats])[]): string {
  const lines = series.map(([labels, { boundsSeconds, counts, sumSeconds }]) => {
    let total = 0;
    const buckets = counts.map((count, index) => {
      total += count;
      return sample(`${name}_bucket`, { ...labels, le: String(boundsSeconds[index] ?? "+Inf") }, total);
    });
    return [...buckets, sample(`${name}_sum`, labels, sumSeconds), sample(`${name}_count`, labels, total)].join("");
  });
  return head(name, "histogram", help) + lines.join("");
}

/** The series of bytes that went each way. */
export function directions(
  labels: Labels,
  bytes: { readonly bytesUp: number; readonly bytesDown: number },
): readonly Sample[] {
  return [
    [{ ...labels, direction: "up" }, bytes.bytesUp],
    [{ ...labels, direction: "down" }, bytes.bytesDown],
  ];
}

function head(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

function sample(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(text)}"`);
  const number = value === Infinity ? "+Inf" : `${value}`;
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${number}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
