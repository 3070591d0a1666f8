import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpointTable } from "../../src/cli/admin/endpoint-table.ts";
import { statusText } from "../../src/cli/admin/status-text.ts";
import type { Style, Terminal } from "../../src/cli/terminal.ts";
import type { EndpointEntry } from "../../src/control/admin/endpoint-actions.ts";
import type { Io } from "../../src/core/runtime/io.ts";
import { AdminTest } from "../support/admin.ts";
import { endpointSettings } from "../support/settings.ts";
import { TestClient } from "../support/upstream.ts";

/** Shows a style as `<style>text</>`. */
const styled = { style: (style: Style, text: string) => `<${style}>${text}</>` } as unknown as Terminal;
const plain = { style: (_style: Style, text: string) => text } as unknown as Terminal;

async function entries(admin: AdminTest): Promise<readonly EndpointEntry[]> {
  return JSON.parse((await admin.send("GET /endpoints")).text) as readonly EndpointEntry[];
}

describe("endpointTable", () => {
  it("says of each that is not chosen why, since when, and until when", async () => {
    const admin = await AdminTest.start({
      endpoints: [
        endpointSettings(1, { maxConnections: 9 }),
        endpointSettings(2, { weight: 12 }),
        endpointSettings(3, { priority: 1 }),
      ],
    });
    new TestClient(admin.proxy.upstream, [admin.proxy.endpoint("127.0.0.1:2")]).ask();
    admin.proxy.upstream.keeper.setAdminState(admin.proxy.endpoint("127.0.0.1:2"), "draining");
    admin.proxy.endpoint("127.0.0.1:1").latency.observe(1.5, admin.proxy.clock.now());
    const table = endpointTable(await entries(admin), plain, admin.proxy.clock.wallTime() + 12_000);
    assert.equal(
      table,
      [
        "UPSTREAM  ENDPOINT     STATE     WEIGHT  ACTIVE  TOTAL  LATENCY",
        "origins   127.0.0.1:1  up        1       1/9     0      1.5 ms",
        "origins   127.0.0.1:2  draining  12      0       0      -",
        "origins   127.0.0.1:3  standby   1       0       0      -",
        "",
        "origins 127.0.0.1:2",
        "  it is set to draining: it takes no new connections; none is left (for 12 s)",
        "    until: set its state to ready: `geryon endpoints origins 127.0.0.1:2 --state ready`",
        "",
        "origins 127.0.0.1:3",
        "  it stands by: endpoints of priority 0 serve",
        "    until: no endpoint of a priority below 1 can serve any more",
        "",
      ].join("\n"),
    );
  });

  it("shows the share of one that starts slowly, and that an unhealthy one serves while failing open", async () => {
    const admin = await AdminTest.start({
      endpoints: [endpointSettings(1, { weight: 5 })],
      upstream: { slowStartMs: 10_000, failOpenBelow: 0.5 },
    });
    const endpoint = admin.proxy.endpoint("127.0.0.1:1");
    endpoint.slowStart.begin();
    assert.match(endpointTable(await entries(admin), plain, 0), /up +0\.5 of 5 /);
    endpoint.health.status = "unhealthy";
    endpoint.health.lastProbe = "status 503";
    admin.proxy.upstream.keeper.healthChanged(endpoint);
    const table = endpointTable(await entries(admin), plain, 0);
    assert.match(table, / fail-open /);
    assert.deepEqual(table.split("\n\n").slice(1), [
      'origins fails open\n  too few endpoints are healthy, so these serve all the same: 1 probe "status 503"\n',
    ]);
  });

  it("shows that the breaker of one lets connections try, and a latency in seconds", async () => {
    const admin = await AdminTest.start({
      upstream: {
        endpointBreaker: { failures: 1, windowMs: 10_000, openMs: 30_000, halfOpenProbes: 1, successes: 1 },
      },
    });
    const client = new TestClient(admin.proxy.upstream, [admin.proxy.endpoint("127.0.0.1:2")]);
    client.ask();
    client.fail();
    admin.proxy.clock.advance(30_000);
    admin.proxy.endpoint("127.0.0.1:1").latency.observe(2345, admin.proxy.clock.now());
    const table = endpointTable(await entries(admin), plain, 0);
    assert.match(table, /^origins +127\.0\.0\.1:1 +half-open +.* {2}2\.4 s$/m);
    assert.equal(table.trim().split("\n").length, 3, "nothing keeps it from being chosen");
  });

  it("tells once of many that are out for the same reasons", async () => {
    const admin = await AdminTest.start({
      endpoints: Array.from({ length: 1000 }, (_, index) => endpointSettings(index + 1)),
    });
    const { upstream, clock } = admin.proxy;
    for (const port of [1, 2, 3, 4, 5, 6])
      upstream.keeper.setAdminState(admin.proxy.endpoint(`127.0.0.1:${port}`), "disabled");
    clock.advance(60_000);
    upstream.keeper.setAdminState(admin.proxy.endpoint("127.0.0.1:7"), "disabled");
    upstream.keeper.setAdminState(admin.proxy.endpoint("127.0.0.1:9"), "draining");
    const table = endpointTable(await entries(admin), plain, clock.wallTime() + 1000);
    const [head, ...notes] = table.split("\n\n");
    assert.equal(head?.split("\n").length, 1001);
    assert.deepEqual(notes, [
      "origins 127.0.0.1:1, 127.0.0.1:2, 127.0.0.1:3 and 4 more, each:\n" +
        "  it is set to disabled: it takes no new connections and is not probed; none is left (for 1 s to 61 s)\n" +
        "    until: set its state to ready: `geryon endpoints origins ENDPOINT --state ready`",
      "origins 127.0.0.1:9\n" +
        "  it is set to draining: it takes no new connections; none is left (for 1 s)\n" +
        "    until: set its state to ready: `geryon endpoints origins 127.0.0.1:9 --state ready`\n",
    ]);
  });

  it("says that a name goes by an old answer, and nothing once it resolves again", async () => {
    const admin = await AdminTest.start();
    const [entry] = await entries(admin);
    assert.ok(entry);
    const nowMs = Date.parse("2026-01-01T00:01:00Z");
    const resolution = {
      addresses: ["10.0.0.1", "10.0.0.2"],
      resolvedAt: "2026-01-01T00:00:00Z",
      expiresAt: "2026-01-01T00:00:30Z",
      lastFailure: { reason: "not-found", at: "2026-01-01T00:00:55Z" },
    };
    const name = { ...entry, address: "app.test:80", resolution };
    const [, note] = endpointTable([name], plain, nowMs).split("\n\n");
    assert.equal(
      note,
      "origins app.test:80\n  its name does not resolve any more (not-found): the answer of 60 s ago serves on: 10.0.0.1, 10.0.0.2\n",
    );
    const again = { ...name, resolution: { ...resolution, resolvedAt: "2026-01-01T00:00:59Z" } };
    assert.equal(endpointTable([again], plain, nowMs).split("\n\n").length, 1);
  });

  it("colours whole cells, and only through the terminal", async () => {
    const table = endpointTable(await entries(await AdminTest.start()), styled, 0);
    assert.match(table, /origins {3}127\.0\.0\.1:1 {2}<green>up {5}<\/>1 /);
  });
});

describe("statusText", () => {
  it("shows each bound with its use, and what is out", async () => {
    const admin = await AdminTest.start({
      listener: { maxConnections: 100, maxConnectionsPerClient: 10, clientRate: { perSecond: 5, burst: 20 } },
      limits: { maxConnections: 1000, overload: { descriptorShare: 0.9, memoryShare: 0.8, loopLagMs: 500 } },
      upstream: {
        upstreamBreaker: { failures: 1, windowMs: 10_000, openMs: 30_000, halfOpenProbes: 1, successes: 1 },
        outlier: {
          consecutiveFailures: 9,
          windowMs: 10_000,
          ejectionMs: 30_000,
          maxEjectionMs: 30_000,
          maxEjectedShare: 0.5,
        },
      },
    });
    const { proxy } = admin;
    const client = new TestClient(proxy.upstream, []);
    client.ask();
    client.fail();
    proxy.upstream.keeper.setAdminState(proxy.endpoint("127.0.0.1:1"), "disabled");
    proxy.clock.advance(2000);
    assert.equal(
      statusText(admin.stats(), plain, proxy.clock.wallTime()),
      `geryon 1.2.3 on node 24.0.0: ready, up 62 s
  connections   0 of 1000, at most 0 so far
  overload      none (descriptors 50 % of 90 %, memory 25 % of 80 %, loop lag 0 of 500 ms)

listener web  on 127.0.0.1:4000, to origins
  io            runtime
  connections   0 of 100
  so far        0 came, 0 ended well
  refused       none
  failed        none
  per client    at most 0 of 10, 5/s and 20 at once, 0 remembered

upstream origins  policy round-robin
  endpoints     1 of 2 available
  connections   0
  connecting    0 of 1024
  queue         0 of 1024, 0 waited so far
  retries       0 of 3, 0 so far
  breaker       open for 2 s, opened once so far
  ejected       0 of 1
  out           127.0.0.1:1 disabled
                it is set to disabled: it takes no new connections and is not probed; none is left (for 2 s)
                  until: set its state to ready: \`geryon endpoints origins 127.0.0.1:1 --state ready\`
                the upstream's circuit breaker is open: 1 connection failed in a row (for 2 s)
                  until: in 28 s it lets 1 connection try, or \`geryon endpoints origins --reset\`
`,
    );
  });

  it("shows the workers when there are several", async () => {
    const stats = (await AdminTest.start()).stats();
    const shown = (
      connections: readonly number[],
      restarts: readonly number[] = [],
      ios: readonly Io[] = [],
    ): string[] => {
      const workers = connections.map((activeConnections, index) => {
        const facts = { io: ios[index] ?? ("runtime" as const), restarts: restarts[index] ?? 0 };
        return { index, activeConnections, totalConnections: 100, ...facts };
      });
      const text = statusText({ ...stats, workers }, plain, 0);
      return text.split("\n").filter((line) => /^ {2}(workers|restarts|no reactor) /.test(line));
    };
    assert.deepEqual(shown([12]), []);
    assert.deepEqual(shown([12, 0, 7]), ["  workers       3, with 12, 0, 7 connections"]);
    assert.deepEqual(shown([12, 0, 7], [1, 0, 4]), [
      "  workers       3, with 12, 0, 7 connections",
      "  restarts      worker 2: 4, worker 0: 1",
    ]);
    assert.deepEqual(shown([1, 2], [], ["reactor", "reactor"]), ["  workers       2, with 1, 2 connections"]);
    assert.deepEqual(shown([1, 2, 3], [], ["runtime", "reactor"]), [
      "  workers       3, with 1, 2, 3 connections",
      "  no reactor    worker 0, worker 2",
    ]);
    const many = Array.from({ length: 64 }, (_, index) => index + 3);
    assert.deepEqual(shown(many), ["  workers       64, with 3 to 66 connections each"]);
  });

  it("shows a few of the many that are out, and where the others are", async () => {
    const ports = Array.from({ length: 60 }, (_, index) => index + 1);
    const admin = await AdminTest.start({ endpoints: ports.map((port) => endpointSettings(port)) });
    const { upstream } = admin.proxy;
    for (const port of ports.slice(30))
      upstream.keeper.setAdminState(admin.proxy.endpoint(`127.0.0.1:${port}`), "draining");
    const stats = admin.stats();
    const [first] = stats.upstreams;
    assert.ok(first);
    // No two of them for the same reason.
    const endpoints = first.endpoints.map((one) => ({
      ...one,
      unavailable: one.unavailable.map((reason) => ({ ...reason, text: `it is ${one.address}` })),
    }));
    const rows = statusText({ ...stats, upstreams: [{ ...first, endpoints }] }, plain, 0).match(/^ {2}out .*$/gm);
    assert.equal(rows?.length, 11);
    assert.equal(rows[10], "  out           20 more: see `geryon endpoints origins`");
    const together = statusText(stats, plain, 0).match(/^ {2}out .*$/gm);
    assert.deepEqual(together, ["  out           127.0.0.1:31, 127.0.0.1:32, 127.0.0.1:33 and 27 more draining"]);
  });

  it("shows who was refused, and colours what is near its limit or at it", async () => {
    const admin = await AdminTest.start({ listener: { maxConnections: 5 } });
    const stats = admin.stats();
    const [listener] = stats.listeners;
    assert.ok(listener);
    const refused = { ...listener.refused, overload: 1, "limit-listener": 7 };
    const outcomes = {
      ...listener.outcomes,
      ok: 90,
      "client-reset": 2,
      "no-endpoint": 24,
      "limit-listener": 7,
      overload: 1,
    };
    const shown = (active: number): string =>
      statusText({ ...stats, listeners: [{ ...listener, refused, outcomes, activeConnections: active }] }, styled, 0);
    assert.match(
      shown(3),
      /, 90 ended well\n +refused {7}limit-listener 7, overload 1\n +failed {8}no-endpoint 24, client-reset 2\n/,
    );
    assert.match(shown(3), /connections {3}3 of 5\n/);
    assert.match(shown(4), /connections {3}<yellow>4 of 5<\/>\n/);
    assert.match(shown(5), /connections {3}<red>5 of 5<\/>\n/);
  });
});
