import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adminApp } from "../../src/control/admin/admin-app.ts";
import { accessFields } from "../../src/control/log/log-events.ts";
import { metricsText } from "../../src/control/stats/metrics.ts";
import type { Stats } from "../../src/control/stats/stats.ts";
import { statsText } from "../../src/control/stats/stats-text.ts";
import { outcomeCodes } from "../../src/core/observe/outcome.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import type { ProxyPhase } from "../../src/core/server/proxy-server.ts";

const histogram = { boundsSeconds: [0.1, 1], counts: [3, 2, 1], sumSeconds: 4.5 };

function stats(phase: ProxyPhase = "ready"): Stats {
  const outcomes = Object.fromEntries(outcomeCodes.map((code) => [code, 0])) as Stats["listeners"][0]["outcomes"];
  return {
    version: "1.2.3",
    runtime: "node",
    runtimeVersion: "24.0.0",
    phase,
    uptimeSeconds: 61.5,
    logLinesDropped: 0,
    listeners: [
      {
        name: 'a"b\\c',
        address: "127.0.0.1:80",
        upstream: "pg",
        activeConnections: 2,
        totalConnections: 9,
        acceptErrors: 0,
        bytesUp: 100,
        bytesDown: 200,
        outcomes: { ...outcomes, ok: 5, "client-reset": 2 },
        durations: histogram,
      },
    ],
    upstreams: [
      {
        name: "pg",
        policy: "p2c",
        retries: 1,
        connectTimes: histogram,
        endpoints: [
          {
            address: "10.0.0.1:5432",
            weight: 1,
            available: false,
            health: "unhealthy",
            healthSince: "2026-01-01T00:00:00.000Z",
            lastProbe: "refused",
            activeConnections: 1,
            totalConnections: 4,
            connectFailures: 3,
            bytesUp: 10,
            bytesDown: 20,
          },
        ],
      },
    ],
  };
}

const loopback: Address = { kind: "tcp", host: "127.0.0.1", port: 9090 };

async function get(
  path: string,
  options: { phase?: ProxyPhase; address?: Address; headers?: Record<string, string>; method?: string } = {},
): Promise<{ status: number; body: string; type: string | null }> {
  const app = adminApp({ address: options.address ?? loopback, stats: () => stats(options.phase) });
  const headers = { host: "127.0.0.1:9090", ...options.headers };
  const response = await app(new Request(`http://127.0.0.1:9090${path}`, { headers, method: options.method ?? "GET" }));
  return { status: response.status, body: await response.text(), type: response.headers.get("content-type") };
}

describe("adminApp", () => {
  it("is healthy while it answers, and ready only in the phase that accepts", async () => {
    assert.equal((await get("/health", { phase: "draining" })).status, 200);
    assert.deepEqual(
      await Promise.all(
        (["starting", "ready", "draining", "stopped"] as const).map(
          async (phase) => (await get("/ready", { phase })).status,
        ),
      ),
      [503, 200, 503, 503],
    );
    assert.equal((await get("/ready", { phase: "draining" })).body, '{"phase":"draining"}');
  });

  it("lists the endpoints with the names of their upstreams", async () => {
    const [endpoint] = JSON.parse((await get("/endpoints")).body) as Record<string, unknown>[];
    assert.equal(endpoint?.["upstream"], "pg");
    assert.equal(endpoint["lastProbe"], "refused");
  });

  it("refuses foreign hosts on a loopback address, and any origin", async () => {
    const status = async (headers: Record<string, string>, address = loopback): Promise<number> =>
      (await get("/stats", { headers, address })).status;
    assert.equal(await status({ host: "localhost:9090" }), 200);
    assert.equal(await status({ host: "[::1]:9090" }), 200);
    assert.equal(await status({ host: "evil.example" }), 403);
    assert.equal(await status({ host: "127.0.0.1.evil.example" }), 403);
    assert.equal(await status({ host: "10.1.2.3:9090" }, { kind: "tcp", host: "0.0.0.0", port: 9090 }), 200);
    assert.equal(await status({ origin: "http://localhost:9090" }), 403);
  });

  it("takes nothing but GET and HEAD", async () => {
    for (const method of ["POST", "PUT", "DELETE", "PATCH"])
      assert.equal((await get("/stats", { method })).status, 405);
    const head = await get("/stats", { method: "HEAD" });
    assert.deepEqual([head.status, head.body], [200, ""]);
  });

  it("names the paths there are when asked for another", async () => {
    const { status, body } = await get("/nothing");
    assert.equal(status, 404);
    assert.match(body, /\/metrics/);
  });

  it("serves metrics with the type that Prometheus expects", async () => {
    assert.equal((await get("/metrics")).type, "text/plain; version=0.0.4; charset=utf-8");
  });
});

describe("metricsText", () => {
  const text = metricsText(stats());

  it("escapes label values", () => {
    assert.ok(text.includes('geryon_connections_active{listener="a\\"b\\\\c"} 2\n'));
  });

  it("writes histograms cumulatively, with their sum and count", () => {
    const lines = text.split("\n").filter((line) => line.startsWith("geryon_upstream_connect_duration_seconds"));
    assert.deepEqual(lines, [
      'geryon_upstream_connect_duration_seconds_bucket{upstream="pg",le="0.1"} 3',
      'geryon_upstream_connect_duration_seconds_bucket{upstream="pg",le="1"} 5',
      'geryon_upstream_connect_duration_seconds_bucket{upstream="pg",le="+Inf"} 6',
      'geryon_upstream_connect_duration_seconds_sum{upstream="pg"} 4.5',
      'geryon_upstream_connect_duration_seconds_count{upstream="pg"} 6',
    ]);
  });

  it("has a series for every outcome, each with its source", () => {
    for (const code of outcomeCodes) assert.ok(text.includes(`outcome="${code}",source="`));
    assert.ok(text.includes('outcome="client-reset",source="downstream"} 2\n'));
  });

  it("says help and type once for each name, before its samples", () => {
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
    for (const line of text.trim().split("\n")) assert.match(line, /^(# (HELP|TYPE) \S+ .+|\w+(\{.*\})? [\d.e+-]+)$/);
  });
});

describe("statsText", () => {
  it("counts failures and aligns its columns", () => {
    assert.equal(
      statsText(stats()),
      "geryon 1.2.3 on node 24.0.0: ready, up 61 s\n" +
        '  listener a"b\\c  127.0.0.1:80   2 active  9 total  2 failed  100 bytes up  200 bytes down\n' +
        "  endpoint pg     10.0.0.1:5432  1 active  4 total  3 failed  10 bytes up   20 bytes down   unhealthy\n",
    );
  });
});

describe("accessFields", () => {
  it("leaves out what there was not", () => {
    const fields = accessFields({
      listener: "web",
      upstream: "app",
      client: { kind: "tcp", host: "::1", port: 5 },
      endpoint: undefined,
      attempts: 0,
      bytesUp: 0,
      bytesDown: 0,
      connectMs: undefined,
      durationMs: 0.123456,
      outcome: "no-endpoint",
    });
    assert.equal(
      JSON.stringify(fields),
      '{"listener":"web","client":"[::1]:5","upstream":"app","outcome":"no-endpoint","source":"upstream","attempts":0,' +
        '"bytes_up":0,"bytes_down":0,"duration_ms":0.123}',
    );
  });
});
