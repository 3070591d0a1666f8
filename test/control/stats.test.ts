import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metricsText } from "../../src/control/stats/metrics.ts";
import { spanText } from "../../src/control/stats/span-text.ts";
import { statsText } from "../../src/control/stats/stats-text.ts";
import { outcomeCodes } from "../../src/core/observe/outcome.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import type { Io } from "../../src/core/runtime/io.ts";
import { AdminTest, type AdminTestOptions } from "../support/admin.ts";
import { endpointSettings } from "../support/settings.ts";
import { TestClient } from "../support/upstream.ts";

const breaker = { failures: 2, windowMs: 10_000, openMs: 30_000, halfOpenProbes: 1, successes: 1 };
const outlier = {
  consecutiveFailures: 2,
  windowMs: 10_000,
  ejectionMs: 30_000,
  maxEjectionMs: 300_000,
  maxEjectedShare: 0.5,
};

/** Everything that can be bounded is, with some use of it. */
const bounded: AdminTestOptions = {
  listener: { maxConnections: 100, maxConnectionsPerClient: 10, clientRate: { perSecond: 5, burst: 20 } },
  limits: { maxConnections: 1000, overload: { descriptorShare: 0.9, memoryShare: 0.8, loopLagMs: 500 } },
  upstream: { outlier, endpointBreaker: breaker, upstreamBreaker: { ...breaker, failures: 5 } },
  endpoints: [endpointSettings(1, { maxConnections: 2, weight: 3 }), endpointSettings(2, { priority: 1 })],
};

/** The value of a series, as written. */
function valueOf(text: string, series: string): string | undefined {
  const line = text.split("\n").find((one) => one.startsWith(`${series} `));
  return line?.slice(series.length + 1);
}

describe("readStats", () => {
  it("has each bound beside its use", async () => {
    const admin = await AdminTest.start(bounded);
    const { gate } = admin.proxy.server;
    gate.connections.enter();
    gate.connections.enter();
    gate.connections.leave();
    const client = new TestClient(admin.proxy.upstream, []);
    client.ask();
    admin.proxy.clock.advance(200);
    const { connections, overload, listeners, upstreams } = admin.stats();
    assert.deepEqual(connections, { active: 1, limit: 1000, peak: 2 });
    assert.deepEqual(overload, {
      cause: null,
      readings: { descriptorShare: 0.5, memoryShare: 0.25, loopLagMs: 0 },
      limits: { descriptorShare: 0.9, memoryShare: 0.8, loopLagMs: 500 },
    });
    const [listener] = listeners;
    assert.equal(listener?.maxConnections, 100);
    assert.deepEqual(listener.clients, {
      remembered: 0,
      highest: 0,
      limit: 10,
      rate: { perSecond: 5, burst: 20 },
    });
    const [upstream] = upstreams;
    assert.deepEqual(upstream?.pendingConnects, { active: 1, limit: 1024 });
    assert.deepEqual(upstream.queue, { length: 0, limit: 1024, total: 0 });
    assert.deepEqual(upstream.retries, { active: 0, limit: 3, total: 0 });
    assert.deepEqual(upstream.ejected, { count: 0, limit: 1 });
    assert.equal(upstream.breaker?.state, "closed");
  });

  it("has null where there is no bound, and where a thing is switched off: JSON knows no Infinity", async () => {
    const admin = await AdminTest.start({ limits: { maxConnections: "auto" } });
    const stats = admin.stats();
    assert.equal(stats.connections.limit, 500, "1128 descriptors, 128 of them kept back");
    assert.equal(stats.overload, null);
    assert.deepEqual([stats.listeners[0]?.maxConnections, stats.listeners[0]?.clients], [null, null]);
    const [upstream] = stats.upstreams;
    assert.deepEqual([upstream?.breaker, upstream?.ejected], [null, null]);
    const { maxConnections, ejection, breaker: own, resolution } = upstream?.endpoints[0] ?? {};
    assert.deepEqual([maxConnections, ejection, own, resolution], [null, null, null, null]);
    assert.deepEqual(JSON.parse(JSON.stringify(stats)), stats);
  });

  it("tells what each worker does, and how often it was replaced", async () => {
    const alone = await AdminTest.start();
    alone.proxy.server.gate.connections.enter();
    alone.proxy.server.plane.services[0]?.counters.clients.add(4);
    assert.deepEqual(alone.stats().workers, [
      { index: 0, activeConnections: 1, totalConnections: 4, io: "runtime", restarts: 0 },
    ]);

    const several = await AdminTest.start({
      workers: 2,
      facts: [
        { io: "reactor", restarts: 0 },
        { io: "reactor", restarts: 3 },
      ],
    });
    const [first, second] = several.proxy.planes;
    assert.ok(first && second);
    first.gate.connections.enter();
    second.gate.connections.enter();
    second.gate.connections.enter();
    first.services[0]?.counters.clients.add(5);
    second.services[0]?.counters.clients.add(7);
    const { workers, connections, listeners } = several.stats();
    assert.deepEqual(workers, [
      { index: 0, activeConnections: 1, totalConnections: 5, io: "reactor", restarts: 0 },
      { index: 1, activeConnections: 2, totalConnections: 7, io: "reactor", restarts: 3 },
    ]);
    assert.deepEqual([connections.active, listeners[0]?.totalConnections], [3, 12]);
  });

  it("tells which sockets carry a listener's connections: the runtime's as soon as one worker has no reactor", async () => {
    const shown = async (ios: readonly Io[], address?: Address): Promise<string> => {
      const admin = await AdminTest.start({
        facts: ios.map((io) => ({ io, restarts: 0 })),
        ...(ios.length > 1 ? { workers: ios.length } : {}),
        ...(address === undefined ? {} : { listener: { address } }),
      });
      const stats = admin.stats();
      const metrics = metricsText(stats);
      for (const io of ["reactor", "runtime"]) {
        const value = stats.listeners[0]?.io === io ? "1" : "0";
        assert.equal(valueOf(metrics, `geryon_listener_io{listener="web",io="${io}"}`), value);
      }
      return stats.listeners[0]?.io ?? "";
    };
    assert.equal(await shown(["runtime"]), "runtime");
    assert.equal(await shown(["reactor"]), "reactor");
    assert.equal(await shown(["reactor", "reactor"]), "reactor");
    assert.equal(await shown(["reactor", "runtime"]), "runtime");
    // A unix socket is the first worker's.
    const unix = { kind: "unix", path: "/run/web.sock" } as const;
    assert.equal(await shown(["reactor", "runtime"], unix), "reactor");
    assert.equal(await shown(["runtime", "reactor"], unix), "runtime");
  });

  it("tells which tier serves: a backup is available and does not", async () => {
    const admin = await AdminTest.start(bounded);
    const states = (): unknown[] =>
      admin.stats().upstreams[0]?.endpoints.map(({ available, serving }) => [available, serving]) ?? [];
    assert.deepEqual(states(), [
      [true, true],
      [true, false],
    ]);
    admin.proxy.upstream.keeper.setAdminState(admin.proxy.endpoint("127.0.0.1:1"), "draining");
    assert.deepEqual(states(), [
      [false, false],
      [true, true],
    ]);
  });

  it("tells since when and until when, in the time that people read", async () => {
    const admin = await AdminTest.start(bounded);
    for (let count = 0; count < 2; count++) {
      const client = new TestClient(admin.proxy.upstream, []);
      client.ask();
      client.fail();
    }
    admin.proxy.clock.advance(5000);
    const [endpoint] = admin.stats().upstreams[0]?.endpoints ?? [];
    assert.deepEqual(endpoint?.ejection, {
      active: true,
      since: "1970-01-01T00:16:40.000Z",
      until: "1970-01-01T00:17:10.000Z",
      total: 1,
    });
    assert.deepEqual(endpoint.breaker, {
      state: "open",
      since: "1970-01-01T00:16:40.000Z",
      halfOpenAt: "1970-01-01T00:17:10.000Z",
      failures: 0,
      successes: 0,
      probes: 0,
      trips: 1,
    });
    assert.equal(endpoint.failures, 2);
  });

  it("shows what a name led to", async () => {
    const admin = await AdminTest.start({
      endpoints: [endpointSettings(1, { address: { kind: "tcp", host: "db.internal", port: 1 } })],
    });
    assert.deepEqual(admin.stats().upstreams[0]?.endpoints[0]?.resolution, {
      addresses: [],
      resolvedAt: null,
      expiresAt: null,
      lastFailure: null,
    });
  });
});

describe("metricsText", () => {
  it("has each bound beside its use, +Inf where there is none", async () => {
    const admin = await AdminTest.start(bounded);
    new TestClient(admin.proxy.upstream, []).ask();
    admin.proxy.clock.advance(200);
    const text = metricsText(admin.stats());
    for (const [series, value] of [
      ["geryon_connections_limit", "1000"],
      ['geryon_listener_connections_limit{listener="web"}', "100"],
      ['geryon_listener_client_connections_limit{listener="web"}', "10"],
      ["geryon_overload_descriptors_ratio", "0.5"],
      ["geryon_overload_descriptors_ratio_limit", "0.9"],
      ['geryon_overloaded{cause="memory"}', "0"],
      ['geryon_upstream_pending_connects{upstream="origins"}', "1"],
      ['geryon_upstream_pending_connects_limit{upstream="origins"}', "1024"],
      ['geryon_upstream_queue_length_limit{upstream="origins"}', "1024"],
      ['geryon_upstream_retries_active_limit{upstream="origins"}', "3"],
      ['geryon_upstream_ejected_limit{upstream="origins"}', "1"],
      ['geryon_upstream_breaker_state{upstream="origins",state="closed"}', "1"],
      ['geryon_upstream_breaker_state{upstream="origins",state="open"}', "0"],
      ['geryon_endpoint_connections_active{upstream="origins",endpoint="127.0.0.1:1"}', "1"],
      ['geryon_endpoint_connections_limit{upstream="origins",endpoint="127.0.0.1:1"}', "2"],
      ['geryon_endpoint_connections_limit{upstream="origins",endpoint="127.0.0.1:2"}', "+Inf"],
      ['geryon_endpoint_weight{upstream="origins",endpoint="127.0.0.1:1"}', "3"],
      ['geryon_endpoint_admin_state{upstream="origins",endpoint="127.0.0.1:1",state="ready"}', "1"],
      ['geryon_endpoint_health{upstream="origins",endpoint="127.0.0.1:1",health="unknown"}', "1"],
      ['geryon_endpoint_serving{upstream="origins",endpoint="127.0.0.1:2"}', "0"],
      ['geryon_endpoint_breaker_state{upstream="origins",endpoint="127.0.0.1:2",state="closed"}', "1"],
    ] as const) {
      assert.equal(valueOf(text, series), value, series);
    }
  });

  it("every limit has its use, but for those of the process and of listeners", async () => {
    const text = metricsText((await AdminTest.start(bounded)).stats());
    const names = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name));
    const alone = [...names].filter((name) => name.endsWith("_limit") && !names.has(name.replace(/_limit$/, "")));
    // Their uses carry the listener: geryon_connections_active, and geryon_listener_client_connections_highest.
    assert.deepEqual(alone, [
      "geryon_connections_limit",
      "geryon_listener_connections_limit",
      "geryon_listener_client_connections_limit",
      "geryon_endpoint_connections_limit",
    ]);
  });

  it("has a series for each worker", async () => {
    const stats = (await AdminTest.start()).stats();
    const workers = [
      { index: 0, activeConnections: 12, totalConnections: 90, io: "runtime" as const, restarts: 0 },
      { index: 1, activeConnections: 7, totalConnections: 80, io: "runtime" as const, restarts: 2 },
    ];
    const lines = metricsText({ ...stats, workers })
      .split("\n")
      .filter((line) => /^(# TYPE )?geryon_worker/.test(line));
    assert.deepEqual(lines, [
      "# TYPE geryon_workers gauge",
      "geryon_workers 2",
      "# TYPE geryon_worker_active_connections gauge",
      'geryon_worker_active_connections{worker="0"} 12',
      'geryon_worker_active_connections{worker="1"} 7',
      "# TYPE geryon_worker_connections_total counter",
      'geryon_worker_connections_total{worker="0"} 90',
      'geryon_worker_connections_total{worker="1"} 80',
      "# TYPE geryon_worker_restarts_total counter",
      'geryon_worker_restarts_total{worker="0"} 0',
      'geryon_worker_restarts_total{worker="1"} 2',
    ]);
  });

  it("escapes label values", async () => {
    const admin = await AdminTest.start({ listener: { name: 'a"b\\c' } });
    assert.equal(valueOf(metricsText(admin.stats()), 'geryon_connections_active{listener="a\\"b\\\\c"}'), "0");
  });

  it("writes histograms cumulatively, with their sum and count", async () => {
    const stats = (await AdminTest.start()).stats();
    const connectTimes = { boundsSeconds: [0.1, 1], counts: [3, 2, 1], sumSeconds: 4.5 };
    const text = metricsText({ ...stats, upstreams: stats.upstreams.map((one) => ({ ...one, connectTimes })) });
    const lines = text.split("\n").filter((line) => line.startsWith("geryon_upstream_connect_duration_seconds"));
    assert.deepEqual(lines, [
      'geryon_upstream_connect_duration_seconds_bucket{upstream="origins",le="0.1"} 3',
      'geryon_upstream_connect_duration_seconds_bucket{upstream="origins",le="1"} 5',
      'geryon_upstream_connect_duration_seconds_bucket{upstream="origins",le="+Inf"} 6',
      'geryon_upstream_connect_duration_seconds_sum{upstream="origins"} 4.5',
      'geryon_upstream_connect_duration_seconds_count{upstream="origins"} 6',
    ]);
  });

  it("has a series for every outcome, each with its source", async () => {
    const admin = await AdminTest.start();
    const text = metricsText(admin.stats());
    for (const code of outcomeCodes) assert.ok(text.includes(`outcome="${code}",source="`));
    assert.equal(
      valueOf(text, 'geryon_connection_outcomes_total{listener="web",outcome="client-reset",source="downstream"}'),
      "0",
    );
  });

  it("says help and type once for each name, before its samples", async () => {
    const text = metricsText((await AdminTest.start(bounded)).stats());
    const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name);
    assert.equal(new Set(names).size, names.length);
    let family = "";
    for (const line of text.trim().split("\n")) {
      assert.match(line, /^(# (HELP|TYPE) \S+ .+|\w+(\{.*\})? ([\d.e+-]+|\+Inf))$/);
      family = /^# TYPE (\S+) /.exec(line)?.[1] ?? family;
      if (!line.startsWith("#")) assert.ok(line.startsWith(family), line);
    }
  });
});

describe("statsText", () => {
  it("counts failures and aligns its columns", async () => {
    const { listeners, upstreams, ...stats } = (await AdminTest.start()).stats();
    const [listener] = listeners;
    const [upstream] = upstreams;
    const [endpoint] = upstream?.endpoints ?? [];
    assert.ok(listener && upstream && endpoint);
    const text = statsText({
      ...stats,
      listeners: [{ ...listener, totalConnections: 9, outcomes: { ...listener.outcomes, ok: 5, "client-reset": 2 } }],
      upstreams: [{ ...upstream, endpoints: [{ ...endpoint, connectFailures: 3, bytesDown: 20 }] }],
    });
    assert.equal(
      text,
      "geryon 1.2.3 on node 24.0.0: ready, up 61 s\n" +
        "  listener web      127.0.0.1:4000  0 active  9 total  2 failed  0 bytes up  0 bytes down   runtime\n" +
        "  endpoint origins  127.0.0.1:1     0 active  0 total  3 failed  0 bytes up  20 bytes down  unknown\n",
    );
  });

  it("has a row for each worker when there are several", async () => {
    const { listeners, ...stats } = (await AdminTest.start()).stats();
    const workers = [
      { index: 0, activeConnections: 12, totalConnections: 90, io: "runtime" as const, restarts: 0 },
      { index: 1, activeConnections: 7, totalConnections: 80, io: "runtime" as const, restarts: 1 },
    ];
    assert.equal(
      statsText({ ...stats, listeners, upstreams: [], workers }),
      "geryon 1.2.3 on node 24.0.0: ready, up 61 s\n" +
        "  worker 0                      12 active  90 total  0 restarts\n" +
        "  worker 1                      7 active   80 total  1 restart\n" +
        "  listener web  127.0.0.1:4000  0 active   0 total   0 failed    0 bytes up  0 bytes down  runtime\n",
    );
  });
});

describe("spanText", () => {
  it("rounds up, to what a person reads at a glance", () => {
    const spans: readonly (readonly [number, string])[] = [
      [-5, "0 ms"],
      [0.2, "1 ms"],
      [999, "999 ms"],
      [1000, "1 s"],
      [5500, "5.5 s"],
      [22_001, "23 s"],
      [119_000, "119 s"],
      [120_000, "2 min"],
      [7_200_000, "2 h"],
      [172_800_000, "2 d"],
    ];
    for (const [ms, text] of spans) assert.equal(spanText(ms), text);
  });
});
