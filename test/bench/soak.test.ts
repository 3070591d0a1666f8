/** When a soak has passed. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SoakCounts } from "../../bench/load/native.ts";
import { renderSoak } from "../../bench/soak/report.ts";
import { faultsOf, lastHalf, leftovers, type Sample, type SoakRun } from "../../bench/soak/soak-run.ts";
import type { Stats } from "../../src/control/stats/stats.ts";
import { AdminTest } from "../support/admin.ts";

const mebibyte = 2 ** 20;

const made: SoakCounts = {
  visit: 6,
  talk: 0,
  halfClose: 0,
  reset: 2,
  abort: 2,
  refused: 0,
  endpointResets: 0,
  slow: 0,
  vanish: 0,
  bulk: 0,
  bytes: 600,
};
const warmUp: SoakCounts = { ...made, visit: 0, reset: 0, abort: 0, bytes: 0 };

/** The counters of a proxy that has served `ok` and `reset` connections. */
async function counters(ok: number, reset: number, accepted = ok + reset): Promise<Stats> {
  const stats = structuredClone((await AdminTest.start()).stats());
  const [listener] = stats.listeners;
  assert.ok(listener !== undefined);
  const outcomes = { ...listener.outcomes, ok, "client-reset": reset };
  return { ...stats, listeners: [{ ...listener, totalConnections: accepted, outcomes }] };
}

function sample(seconds: number, mib = 100, descriptors = 20): Sample {
  return { seconds, descriptors, residentBytes: mib * mebibyte };
}

async function soaked(changes: Partial<SoakRun> = {}): Promise<SoakRun> {
  return {
    runtime: "bun",
    io: "reactor",
    seconds: 100,
    before: sample(0),
    during: Array.from({ length: 100 }, (_, index) => sample(index + 1)),
    after: sample(101),
    warmUp,
    made,
    stats: await counters(6, 2),
    failure: "",
    ...changes,
  };
}

describe("a soak", () => {
  it("passes when all has come back and all agree", async () => {
    assert.deepEqual(faultsOf(await soaked()), []);
  });

  it("fails with what a client saw, and what is left then", async () => {
    assert.deepEqual(faultsOf(await soaked({ failure: "visit: other bytes came back" })), [
      "visit: other bytes came back",
    ]);
  });

  it("fails when descriptors do not come back, but not for those that a runtime keeps", async () => {
    assert.deepEqual(faultsOf(await soaked({ after: sample(101, 100, 36) })), []);
    assert.deepEqual(faultsOf(await soaked({ after: sample(101, 100, 37) })), [
      "37 descriptors are open, 20 were before",
    ]);
  });

  it("fails when memory still grows over the last half", async () => {
    const growing = Array.from({ length: 100 }, (_, index) => sample(index + 1, 100 + index));
    assert.deepEqual(faultsOf(await soaked({ during: growing })), ["memory grew by 25.0 MiB over the last half"]);
    const levelled = growing.map((one, index) => (index < 50 ? one : sample(one.seconds, 150 + (index % 9))));
    assert.deepEqual(faultsOf(await soaked({ during: levelled })), []);
  });

  it("compares the third quarter with the last", () => {
    const during = [10, 20, 30, 40, 50, 60, 70, 80].map((mib, index) => sample(index + 1, mib));
    assert.deepEqual(lastHalf(during), { third: 55 * mebibyte, last: 75 * mebibyte });
  });

  it("fails when a connection has no outcome, or one that is the proxy's fault", async () => {
    assert.deepEqual(faultsOf(await soaked({ stats: await counters(6, 2, 9) })), [
      "9 connections were accepted, but 8 have an outcome",
    ]);
    const stats = await counters(6, 2, 9);
    const [listener] = stats.listeners;
    assert.ok(listener !== undefined);
    const shed = { ...listener, outcomes: { ...listener.outcomes, "queue-full": 1 } };
    assert.deepEqual(faultsOf(await soaked({ stats: { ...stats, listeners: [shed] } })), [
      "1 connections ended with queue-full",
    ]);
  });

  it("knows how many clients came, but for those that were gone before", async () => {
    for (const [ok, passes] of [
      [5, false],
      [6, true],
      [10, true],
      [11, false],
    ] as const) {
      assert.equal(faultsOf(await soaked({ stats: await counters(ok, 0) })).length === 0, passes, `${ok} accepted`);
    }
  });

  it("names what has not come back to nothing", async () => {
    const stats = await counters(6, 2);
    const [upstream] = stats.upstreams;
    assert.ok(upstream !== undefined);
    const queue = { ...upstream.queue, length: 3 };
    const left = { ...stats, connections: { ...stats.connections, active: 1 }, upstreams: [{ ...upstream, queue }] };
    assert.deepEqual(leftovers(left), [
      "1 connections of the process are left",
      `3 clients in the queue of ${upstream.name} are left`,
    ]);
  });
});

describe("renderSoak", () => {
  it("tells how many connections there were, and what is wrong", async () => {
    const bad = await soaked({ runtime: "node", after: sample(101, 100, 50) });
    const markdown = renderSoak("npm run soak", "a CPU", [await soaked(), bad]);
    assert.match(markdown, /\| bun \| reactor \| 10 \| 0 \| 0\.0 \| .* \| nothing wrong \|/);
    assert.match(markdown, /\| node \| .* \| 50 descriptors are open, 20 were before \|/);
    const early = await soaked({ during: [], failure: "visit: FIN" });
    assert.match(
      renderSoak("npm run soak", "a CPU", [early]),
      /\| 20, 20, 20 \| 100\.0, -, - \| - \(-\) \| visit: FIN \|/,
    );
    assert.match(markdown, /\| one message \| 6 \| 6 \|/);
  });
});
