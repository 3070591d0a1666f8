/** What one choice costs, by policy and number of endpoints. */
import assert from "node:assert/strict";
import { bench, do_not_optimize, group, run, summary } from "mitata";
import { buildBalancer } from "../../src/core/balancer/build.ts";
import { systemRandom } from "../../src/adapters/compat/clock.ts";
import { policyNames } from "../../src/config/policy.ts";
import type { PolicyName } from "../../src/core/balancer/balancer.ts";

for (const count of [3, 100, 1000]) {
  group(`${count} endpoints`, () => {
    summary(() => {
      for (const policy of Object.keys(policyNames) as PolicyName[]) {
        const candidates = Array.from({ length: count }, (_, index) => ({
          weight: 1 + (index % 3),
          activeConnections: index % 7,
          available: true,
        }));
        const balancer = buildBalancer(policy, candidates, systemRandom);
        const chosen = balancer.choose([]);
        assert.ok(chosen !== undefined && candidates.includes(chosen));
        bench(policy, () => do_not_optimize(balancer.choose([])));
      }
    });
  });
}

await run({ throw: true });
