import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { endpointTable } from "../../src/cli/admin/endpoint-table.ts";
import { statusText } from "../../src/cli/admin/status-text.ts";
import type { Style, Terminal } from "../../src/cli/terminal.ts";
import type { EndpointEntry } from "../../src/control/admin/endpoint-actions.ts";
import { AdminTest } from "../support/admin.ts";
import { endpointSettings, TestClient } from "../support/upstream.ts";

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
    admin.proxy.upstream.setAdminState(admin.proxy.endpoint("127.0.0.1:2"), "draining");
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
        "  it is set to draining: it takes no new connections; none is left (since 12 s ago)",
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
    admin.proxy.upstream.healthChanged(endpoint);
    const table = endpointTable(await entries(admin), plain, 0);
    assert.match(table, / fail-open /);
    assert.equal(table.trim().split("\n").length, 2, "nothing keeps it from being chosen");
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
    proxy.upstream.setAdminState(proxy.endpoint("127.0.0.1:1"), "disabled");
    proxy.clock.advance(2000);
    assert.equal(
      statusText(admin.stats(), plain, proxy.clock.wallTime()),
      `geryon 1.2.3 on node 24.0.0: ready, up 62 s
  connections   0 of 1000, at most 0 so far
  overload      none (descriptors 50 % of 90 %, memory 25 % of 80 %, loop lag 0 of 500 ms)

listener web  on 127.0.0.1:4000, to origins
  connections   0 of 100
  so far        0 came, 0 failed
  refused       none
  per client    at most 0 of 10, 5/s and 20 at once, 0 remembered

upstream origins  policy round-robin
  endpoints     1 of 2 available
  connections   0
  connecting    0 of 1024
  queue         0 of 1024, 0 waited so far
  retries       0 of 3, 0 so far
  breaker       open since 2 s ago, opened once so far
  ejected       0 of 1
  out           127.0.0.1:1 disabled
                it is set to disabled: it takes no new connections and is not probed; none is left (since 2 s ago)
                  until: set its state to ready: \`geryon endpoints origins 127.0.0.1:1 --state ready\`
                the upstream's circuit breaker is open: 1 connection failed in a row, or one that tried again (since 2 s ago)
                  until: in 28 s it lets 1 connection try, or \`geryon endpoints origins --reset\`
`,
    );
  });

  it("shows who was refused, and colours what is near its limit or at it", async () => {
    const admin = await AdminTest.start({ listener: { maxConnections: 5 } });
    const stats = admin.stats();
    const [listener] = stats.listeners;
    assert.ok(listener);
    const refused = { ...listener.refused, "limit-listener": 7, overload: 1 };
    const shown = (active: number): string =>
      statusText({ ...stats, listeners: [{ ...listener, refused, activeConnections: active }] }, styled, 0);
    assert.match(shown(3), /refused {7}limit-listener 7, overload 1/);
    assert.match(shown(3), /connections {3}3 of 5\n/);
    assert.match(shown(4), /connections {3}<yellow>4 of 5<\/>\n/);
    assert.match(shown(5), /connections {3}<red>5 of 5<\/>\n/);
  });
});
