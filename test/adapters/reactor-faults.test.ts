/** The reactor over a libc that fails, as the kernel may, at random: nobody above notices. */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import type { Libc } from "../../src/adapters/reactor/libc/libc.ts";
import { startReactor } from "../../src/adapters/reactor/start-reactor.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { closingContract } from "../contract/closing-contract.ts";
import { connectingContract } from "../contract/connecting-contract.ts";
import { halfCloseContract } from "../contract/half-close-contract.ts";
import { socketFuzz } from "../contract/socket-fuzz.ts";
import { transferContract } from "../contract/transfer-contract.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { seededRandom } from "../support/fake-clock.ts";
import { expectNoLeak, runFaultSeed } from "../support/fault-stress.ts";
import { type FaultRates, FaultyLibc, noFaults } from "../support/faulty-libc.ts";
import { findLibc } from "../support/reactor.ts";

const { libc, skip } = await findLibc();
const base = await currentRuntime();
const able = { supported: true, reason: "" };

/** Those that found something, and some more. */
const seeds = [
  4,
  10,
  21,
  28,
  106,
  115,
  134,
  156,
  222,
  223,
  289,
  ...Array.from({ length: 8 }, (_, index) => 1001 + index),
];

/** What the contract is run with: what is told to nobody, as a lack of descriptors would be. */
const contractFaults: FaultRates[] = [
  { ...noFaults, again: 0.3, interrupted: 0.2, short: 0.3, aborted: 0.1, noMemory: 0.01, noAccept: 0.001 },
  { ...noFaults, again: 0.05, interrupted: 0.05, short: 0.7, noMemory: 0.03 },
];
const suites = [transferContract, halfCloseContract, closingContract, socketFuzz];

if (skip === false) {
  for (const [index, rates] of contractFaults.entries()) {
    const faulty = new FaultyLibc(libc, seededRandom(index + 1), rates);
    faulty.active = false;
    const { runtime, stop } = await startReactor(base, faulty);
    faulty.active = true;
    // How connects fail does not depend on how often.
    for (const suite of index === 0 ? [...suites, connectingContract] : suites)
      suite(`the reactor with faults, ${index + 1}`, untroubled(runtime));
    describe(`the reactor with faults, ${index + 1}`, () => {
      it("used each descriptor while it was open, and closed it once", () => assert.deepEqual(faulty.mistakes, []));
    });
    after(stop);
  }
}

describe("the reactor under stress", { skip }, () => {
  it(`${seeds.length} seeds of faults`, { timeout: 120_000 }, async () => {
    await expectNoLeak(async () => {
      for (const seed of seeds) await runFaultSeed(base, libc, seed);
    });
  });

  it("starts whatever fails, or says what, and leaves nothing open", { timeout: 60_000 }, async () => {
    await expectNoLeak(async () => {
      const messages = new Set<string>();
      for (let seed = 1; seed <= 40; seed++) messages.add(await startWithFaults(libc, seed));
      assert.ok(messages.has(""), "some start");
      assert.ok(messages.size > 1, "some do not");
    });
  });
});

/** Answers why it did not start; empty when it did. */
async function startWithFaults(real: Libc, seed: number): Promise<string> {
  const rates = {
    ...noFaults,
    again: 0.2,
    interrupted: 0.2,
    short: 0.2,
    noMemory: 0.1,
    noSocket: 0.1,
    noAccept: 0.1,
    aborted: 0.1,
  };
  const faulty = new FaultyLibc(real, seededRandom(seed), rates);
  try {
    const { stop } = await startReactor(base, faulty);
    stop();
    return "";
  } catch (error) {
    return (error as Error).message;
  } finally {
    assert.deepEqual([...faulty.descriptors], [], `seed ${seed}: nothing is left open`);
    assert.deepEqual(faulty.mistakes, [], `seed ${seed}`);
  }
}

/** The contract's listeners do not expect that accepting fails for a while; what the reactor's sockets can, they must. */
function untroubled(runtime: Runtime): Runtime {
  return {
    ...runtime,
    capabilities: { ...runtime.capabilities, reset: able, sourceAddress: able, connectAbort: able },
    listen: async (options, handler) =>
      await runtime.listen(options, { onAccept: (socket) => handler.onAccept(socket), onAcceptError() {} }),
  };
}
