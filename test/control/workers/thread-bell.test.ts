import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { atomicWaits, makeBellBuffer, ThreadBell } from "../../../src/control/workers/thread-bell.ts";
import { currentRuntime } from "../../support/current-runtime.ts";
import { until } from "../../support/sockets.ts";

const { clock } = await currentRuntime();

/** As many bells as threads, all of them in this one. */
function makeBells(threads: number): ThreadBell[] {
  const buffer = makeBellBuffer(threads);
  return Array.from({ length: threads }, (_, thread) => new ThreadBell(buffer, thread, { clock, waits: atomicWaits }));
}

describe("ThreadBell", () => {
  it("wakes all the others, and not the one that rings", async () => {
    const bells = makeBells(3);
    const woken = [0, 0, 0];
    for (const [thread, bell] of bells.entries()) bell.listen(() => (woken[thread] = (woken[thread] ?? 0) + 1));
    bells[0]?.ring();
    await until(() => woken[1] === 1 && woken[2] === 1, "the others wake");
    bells[2]?.ring();
    await until(() => woken[0] === 1 && woken[1] === 2, "the others wake");
    assert.deepEqual(woken, [1, 2, 1]);
    for (const bell of bells) bell.stop();
  });

  it("however often it rings before a thread wakes, that wakes once", async () => {
    const [ringer, listener] = makeBells(2);
    let woken = 0;
    listener?.listen(() => woken++);
    for (let i = 0; i < 1000; i++) ringer?.ring();
    await until(() => woken > 0, "it wakes");
    for (let i = 0; i < 20; i++) await setImmediate();
    assert.equal(woken, 1);
    listener?.stop();
  });

  it("what rang before a thread listened wakes it", async () => {
    const [ringer, listener] = makeBells(2);
    ringer?.ring();
    let woken = 0;
    listener?.listen(() => woken++);
    assert.equal(woken, 0, "not before `listen` has returned");
    await until(() => woken === 1, "it wakes");
    listener?.stop();
  });

  it("loses no ring: what came while it was busy wakes it again", async () => {
    const [ringer, listener] = makeBells(2);
    // Each ring tells of one more; what is seen when it wakes must in the end be all.
    let told = 0;
    let seen = 0;
    const tell = (): void => {
      told++;
      ringer?.ring();
    };
    listener?.listen(() => {
      seen = told;
      if (told < 100) tell();
    });
    tell();
    await until(() => seen === 100, "it has seen all");
    for (let i = 0; i < 500; i++) {
      tell();
      if (i % 3 === 0) await setImmediate();
    }
    await until(() => seen === 600, "it has seen all");
    listener?.stop();
  });

  it("once stopped it is silent, and others may ring on", async () => {
    const [ringer, listener] = makeBells(2);
    let woken = 0;
    listener?.listen(() => woken++);
    ringer?.ring();
    listener?.stop();
    ringer?.ring();
    for (let i = 0; i < 20; i++) await setImmediate();
    assert.equal(woken, 0);
  });
});
