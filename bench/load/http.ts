/** Dimensions of HTTP: requests that are routed and forwarded one by one, by proxies that read them. */
import { type Bench, ofKinds } from "./bench.ts";
import { direct } from "./contenders.ts";
import { costs, type Load, measureLoad } from "./load-rows.ts";
import type { LoadOptions } from "./native.ts";
import type { Metric, Table } from "./table.ts";

const connections = 50;
const rate = 10_000;
const megabyte = 2 ** 20;

const checked =
  "Each answer is checked: status, length, and that its 13 bytes are those of its own request, of which no two are alike. " +
  "No access log.";

const perRequest: readonly Metric[] = [
  { key: "cpuUs", title: "CPU us/request", digits: 2, ratio: true },
  { key: "perSecond", title: "requests/s", digits: 0 },
  { key: "core", title: "core used %", digits: 0 },
  { key: "p50Us", title: "p50 us", digits: 0 },
  { key: "p99Us", title: "p99 us", digits: 0 },
];

/** Small requests, as wrk sends them, on 50 connections that are kept. */
export function measureHttp(bench: Bench): Promise<Table> {
  return kept(bench, "http", "HTTP: small requests", "a head of two lines, as wrk sends it", {});
}

/** The same with what a browser sends. */
export function measureHttpBrowser(bench: Bench): Promise<Table> {
  const head = "the head of a browser, 16 lines and 1 KiB";
  return kept(bench, "http-browser", "HTTP: small requests of a browser", head, { head: "browser" });
}

async function kept(bench: Bench, id: string, title: string, head: string, more: LoadOptions): Promise<Table> {
  return {
    id,
    title,
    about: `${connections} connections that are kept, each with one GET at a time: ${head}; answered with 13 bytes. ${checked}`,
    metrics: perRequest,
    baseline: "haproxy",
    rows: await measureLoad(bench, {
      contenders: ofKinds(bench, ...peers, "javascript", "alike", ...geryons),
      protocol: "http",
      mode: "http",
      options: { connections, ...more },
      figures: costs,
    }),
  };
}

/** The connection of each client carries one request. */
export async function measureHttpNew(bench: Bench): Promise<Table> {
  return {
    id: "http-new",
    title: "HTTP: a new connection for each request",
    about:
      `${connections} at a time: connect, one GET with Connection: close, its answer, wait for FIN. Latency is that of the whole visit. ${checked} ` +
      "haproxy takes a new connection to its endpoint for the first request of each client (http-reuse safe, its default); haproxy-reuse does not.",
    metrics: perRequest,
    baseline: "haproxy",
    rows: await measureLoad(bench, {
      contenders: ofKinds(bench, ...peers, "reusing", "javascript", ...geryons),
      protocol: "http",
      mode: "http-new",
      options: { connections, close: 1 },
      figures: costs,
    }),
  };
}

/** Answers of 1 MiB. */
export function measureHttpDownload(bench: Bench): Promise<Table> {
  return large(bench, "http-download", "HTTP: answers of 1 MiB", "answered with", {});
}

/** Requests of 1 MiB. */
export function measureHttpUpload(bench: Bench): Promise<Table> {
  return large(bench, "http-upload", "HTTP: requests of 1 MiB", "that send", { up: 1 });
}

async function large(bench: Bench, id: string, title: string, what: string, more: LoadOptions): Promise<Table> {
  const load: Load = { mode: "http-bulk", options: { connections: 8, bytes: megabyte, ...more } };
  return {
    id,
    title,
    about:
      `8 connections that are kept, each with one request at a time ${what} 1 MiB with Content-Length. Lengths are checked, ` +
      "and before, in the warm-up, every byte.",
    metrics: [
      { key: "cpuPerGb", title: "CPU s/GB", digits: 3, ratio: true },
      { key: "gbPerSecond", title: "GB/s", digits: 2 },
      { key: "core", title: "core used %", digits: 0 },
    ],
    baseline: "haproxy",
    rows: await measureLoad(bench, {
      contenders: ofKinds(bench, ...peers, "splicing", "javascript", ...geryons),
      protocol: "http",
      ...load,
      warmUp: { ...load, options: { ...load.options, verify: 1 } },
      figures: (result) => ({
        cpuPerGb: (result.cpuSeconds / result.bytes) * 1e9,
        gbPerSecond: result.bytes / result.seconds / 1e9,
        core: (result.cpuSeconds / result.seconds) * 100,
      }),
    }),
  };
}

/** A fixed rate of small requests, beside a direct connection. */
export async function measureHttpLatency(bench: Bench): Promise<Table> {
  return {
    id: "http-latency",
    title: "HTTP: latency at a fixed rate",
    about:
      `${rate} small requests a second on ${connections} connections that are kept, sent when they are due, whatever becomes of the others; ` +
      `latency counts from when a request was due (no coordinated omission). ${checked}`,
    metrics: [
      { key: "p50Ms", title: "p50 ms", digits: 3 },
      { key: "p99Ms", title: "p99 ms", digits: 3 },
      { key: "p999Ms", title: "p99.9 ms", digits: 3 },
      { key: "cpuUs", title: "CPU us/request", digits: 1 },
    ],
    baseline: "haproxy",
    rows: await measureLoad(bench, {
      contenders: [direct, ...ofKinds(bench, ...peers, ...geryons)],
      protocol: "http",
      mode: "http-rate",
      options: { connections, rate },
      warmUp: { mode: "http", options: { connections } },
      figures: (result) => ({
        p50Ms: result.p50Us / 1000,
        p99Ms: result.p99Us / 1000,
        p999Ms: result.p999Us / 1000,
        cpuUs: (result.cpuSeconds / result.count) * 1e6,
      }),
    }),
  };
}

const peers = ["peer", "http-peer"] as const;
const geryons = ["geryon", "runtime", "executable"] as const;
