/** 50,000 connects where 500 are allowed: what is above is refused and counted, and nobody else notices. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { repositoryFile, Running, RunningProxy, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { until } from "../support/sockets.ts";
import { StageCrowd, StageEndpoint } from "../support/stage.ts";

const connects = 50_000;
const allowed = 500;

describe("a storm of connects", { timeout: 180_000 }, () => {
  it("is held at the bound, leaks nothing, and does not touch the other listener", async () => {
    await using slow = await StageEndpoint.open({ delayMs: 200 });
    await using endpoint = await StageEndpoint.open();
    using folder = new TemporaryFolder();
    const file = folder.file("storm.json");
    writeFileSync(
      file,
      JSON.stringify({
        listeners: {
          stormy: { address: "127.0.0.1:0", upstream: "slow", maxConnections: allowed },
          calm: { address: "127.0.0.1:0", upstream: "calm" },
        },
        upstreams: {
          slow: { endpoints: [`127.0.0.1:${slow.port}`], health: "off" },
          calm: { endpoints: [`127.0.0.1:${endpoint.port}`], health: "off" },
        },
        limits: { overload: "off" },
        log: { access: false },
        admin: { address: "127.0.0.1:0" },
      }),
    );
    // Node lets its heap grow by a factor before it looks; without that, growth is a leak. (Only Node reads this.)
    const env = { NODE_OPTIONS: "--max-semi-space-size=1 --max-old-space-size=64" };
    await using proxy = await RunningProxy.start(sourceBuild, ["--config", file], { env });
    const pid = proxy.child.pid ?? 0;
    const crowd = new StageCrowd(proxy.port("calm"), 4);
    await until(() => crowd.answered > 50, "the calm listener serves");
    const descriptors = openDescriptors(pid);
    const answered = await storm(proxy.port("stormy"));
    await until(async () => (await proxy.listener("stormy")).activeConnections === 0, "all of it is over");
    const memoryAfterFirst = residentBytes(pid);
    const answeredAgain = await storm(proxy.port("stormy"));
    await until(async () => (await proxy.listener("stormy")).activeConnections === 0, "all of it is over");
    const before = crowd.answered;
    await until(() => crowd.answered > before + 50, "the calm listener still serves");
    await crowd.stop();
    assert.deepEqual(crowd.failures, [], "no client of the other listener has noticed");

    const { totalConnections, outcomes } = await proxy.listener("stormy");
    const refused = outcomes["limit-listener"];
    assert.equal(totalConnections, 2 * connects);
    assert.equal(outcomes.ok, answered + answeredAgain);
    assert.equal(outcomes.ok + refused, totalConnections, "each was either served or refused");
    assert.equal(slow.accepted, outcomes.ok, "the endpoint saw only what was let in");
    // Each client of the crowd may have one open at this moment; the runtimes keep a few for themselves.
    await until(() => openDescriptors(pid) <= descriptors + 16, "the descriptors are given back");
    const grown = residentBytes(pid) - memoryAfterFirst;
    // Each worker has a heap of its own, which grows to its bounds for itself.
    assert.ok(
      grown < availableParallelism() * 32 * 1024 * 1024,
      `The second storm took ${(grown / 2 ** 20).toFixed(1)} MiB more than the first`,
    );
    // Refusals are told, but not once for each.
    const told = proxy.records("connections refused");
    assert.ok(told.length >= 1 && told.length < 30, `${told.length} log lines`);
  });
});

/** How many were answered. */
async function storm(port: number): Promise<number> {
  const node = repositoryFile("node_modules/.bin/node");
  const script = repositoryFile("test/support/storm-client.ts");
  await using client = new Running([node, script, String(port), String(connects), "2000"]);
  const { code } = await client.exited;
  assert.equal(code, 0, client.stderr);
  const ends = JSON.parse(client.stdout) as Record<string, number>;
  return ends["answered"] ?? 0;
}

function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
