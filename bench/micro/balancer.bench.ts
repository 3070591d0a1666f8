/**
 * What one connection costs the balancer, by policy and number of endpoints: a choice, its start and, so that the state
 * stays as it is, the end of an older one.
 */
import assert from "node:assert/strict";
import { bench, do_not_optimize, group, run, summary } from "mitata";
import { systemClock, systemRandom } from "../../src/adapters/compat/clock.ts";
import type { Candidate, PolicyName } from "../../src/core/balancer/balancer.ts";
import { buildBalancer } from "../../src/core/balancer/build.ts";
import { PeakEwma } from "../../src/core/balancer/peak-ewma-latency.ts";
import { withMemory } from "../../test/support/memory.ts";

const policies: readonly PolicyName[] = [
  "round-robin",
  "least-connections",
  "random",
  "p2c",
  "peak-ewma",
  "ip-hash",
  "ring-hash",
  "maglev",
];

/** Connections that run at a time for each endpoint. */
const connectionsEach = 4;
/** Clients come back: the hash policies remember, and the measurement shall not be that of first visits. */
const clients = 4096;

interface Loaded extends Candidate {
  activeConnections: number;
}

for (const count of [3, 100, 1000, 10_000]) {
  group(`${count} endpoints`, () => {
    summary(() => {
      for (const policy of policies) bench(policy, prepare(policy, count));
    });
  });
}

await run({ throw: true });

function prepare(policy: PolicyName, count: number): () => void {
  const candidates = Array.from({ length: count }, (_, index): Loaded => {
    const latency = withMemory((memory) => new PeakEwma(memory));
    latency.observe(1 + (index % 5), systemClock.now());
    const weight = 1 + (index % 3);
    return {
      index,
      name: `10.0.0.1:${index}`,
      weight,
      effectiveWeight: weight,
      activeConnections: 0,
      latency,
      available: true,
    };
  });
  const balancer = buildBalancer({ policy, balanceFactor: 1.25 }, candidates, {
    random: systemRandom,
    clock: systemClock,
  });
  const running: (Loaded | undefined)[] = Array.from({ length: count * connectionsEach });
  let place = 0;
  let client = 0;
  const connect = (): void => {
    client = (client + 1) % clients;
    const chosen = balancer.choose([], Math.imul(client, 0x9e3779b1) >>> 0);
    assert.ok(chosen);
    chosen.activeConnections++;
    balancer.changed(chosen);
    const ended = running[place];
    running[place] = chosen;
    place = (place + 1) % running.length;
    if (ended === undefined) return;
    ended.activeConnections--;
    balancer.changed(ended);
  };
  for (let round = 0; round < running.length + clients; round++) connect();
  return () => do_not_optimize(connect());
}
