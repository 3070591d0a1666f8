/** What the keys for limits, checks and failures come to. Their mistakes are in the tables of wrong configs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { formatConfigError } from "../../src/config/config-error.ts";
import type { Config } from "../../src/config/config.ts";
import { parseConfig } from "../../src/config/parse-config.ts";
import type { ListenerSettings, UpstreamSettings } from "../../src/core/server/settings.ts";

/** The config and the warnings of a YAML text that has no mistakes. */
function read(text: string): { readonly config: Config; readonly warnings: readonly string[] } {
  const result = parseConfig(text, { file: "g", format: "yaml", env: { SHARE: "30%", PORT: "81" } });
  assert.ok(result.ok, result.ok ? "" : result.errors.map(formatConfigError).join("\n"));
  return { config: result.config, warnings: result.warnings.map(formatConfigError) };
}

function listener(keys: string): ListenerSettings {
  const { config } = read(
    `listeners: { web: { address: ":1", upstream: app, ${keys} } }\nupstreams: { app: { endpoints: ["a:1"] } }`,
  );
  const [first] = config.listeners;
  assert.ok(first !== undefined);
  return first;
}

/** An upstream of these lines, four spaces deep, and the warnings about it. */
function upstreamOf(lines: string): { readonly upstream: UpstreamSettings; readonly warnings: readonly string[] } {
  const { config, warnings } = read(
    `listeners: { web: { address: ":1", upstream: app } }\nupstreams:\n  app:\n    ${lines}\n`,
  );
  const [first] = config.upstreams;
  assert.ok(first !== undefined);
  return { upstream: first, warnings };
}

function upstream(lines: string): UpstreamSettings {
  return upstreamOf(`endpoints: ["a:1"]\n    ${lines}`).upstream;
}

describe("limits", () => {
  it("of the process", () => {
    const { config } = read(readFileSync(new URL("../../examples/minimal.yaml", import.meta.url), "utf8"));
    assert.deepEqual(config.limits, {
      maxConnections: "auto",
      overload: { descriptorShare: 0.9, memoryShare: 0.9, loopLagMs: 500 },
    });
    const rest = 'listeners: { a: { address: ":1", upstream: u } }\nupstreams: { u: { endpoints: ["a:1"] } }\n';
    for (const off of ["off", "false"]) {
      const without = read(`${rest}limits: { maxConnections: 1000, overload: ${off} }`);
      assert.deepEqual(without.config.limits, { maxConnections: 1000 });
    }
  });

  it("of a listener", () => {
    const { maxConnections, maxConnectionsPerClient, clientRate } = listener(
      "maxConnections: 10, maxConnectionsPerClient: 2, clientRate: 100/s",
    );
    assert.deepEqual([maxConnections, maxConnectionsPerClient], [10, 2]);
    assert.deepEqual(clientRate, { perSecond: 100, burst: 100 });
    const free = listener("maxConnections: off, maxConnectionsPerClient: false, clientRate: off");
    for (const key of ["maxConnections", "maxConnectionsPerClient", "clientRate"]) assert.equal(key in free, false);
  });

  it("allow a burst of one second, at least one, unless told otherwise", () => {
    assert.deepEqual(listener("clientRate: 30/m").clientRate, { perSecond: 0.5, burst: 1 });
    assert.deepEqual(listener("clientRate: 90/m").clientRate, { perSecond: 1.5, burst: 2 });
    assert.deepEqual(listener('clientRate: { rate: "100/s" }').clientRate, { perSecond: 100, burst: 100 });
    assert.deepEqual(listener("clientRate: { rate: 100/s, burst: 200 }").clientRate, { perSecond: 100, burst: 200 });
  });

  it("of an upstream", () => {
    const { retryBudget, maxPendingConnects, queue } = upstream(
      "retryBudget: { share: 0% }\n    maxPendingConnects: 5\n    queue: { timeout: 1s }",
    );
    assert.deepEqual(retryBudget, { share: 0, minimum: 3 });
    assert.equal(maxPendingConnects, 5);
    assert.deepEqual(queue, { maxLength: 1024, timeoutMs: 1000 });
    assert.equal(upstream("queue: off").queue.maxLength, 0);
  });

  it("of a listener above those of the process are warned of", () => {
    const { warnings } = read(
      'listeners: { a: { address: ":1", upstream: u, maxConnections: 20 } }\nupstreams: { u: { endpoints: ["a:1"] } }\nlimits: { maxConnections: 10 }',
    );
    assert.deepEqual(warnings, [
      'g:1:63: "maxConnections" is 20, but "limits" allows all listeners together 10; it has no effect above 10',
    ]);
  });
});

describe("endpoints", () => {
  it("have a tier, a state and a limit", () => {
    const list =
      '["a:1", { address: "b:1", backup: true }, { address: "c:1", priority: 2, state: disabled, maxConnections: 9 }, { address: "d:1", backup: false, maxConnections: off }]';
    const { endpoints } = upstreamOf(`endpoints: ${list}`).upstream;
    assert.deepEqual(
      endpoints.map(({ priority }) => priority),
      [0, 1, 2, 0],
    );
    assert.deepEqual(
      endpoints.map(({ adminState }) => adminState),
      ["ready", "ready", "disabled", "ready"],
    );
    assert.deepEqual(
      endpoints.map(({ maxConnections }) => maxConnections),
      [undefined, undefined, 9, undefined],
    );
  });

  it("of which none serves are warned of", () => {
    const { warnings } = upstreamOf(
      'endpoints: [{ address: "a:1", state: draining }, { address: "b:1", state: disabled }]',
    );
    assert.deepEqual(warnings, [
      'g:4:5: Upstream "app" has no endpoint that is ready; its connections fail until one is',
    ]);
  });

  it("that are all backups are warned of", () => {
    const { warnings } = upstreamOf('endpoints: [{ address: "a:1", backup: true }, { address: "b:1", priority: 2 }]');
    assert.deepEqual(warnings, [
      'g:4:5: Upstream "app" has only backups; those of the lowest priority serve as if they were no backups',
    ]);
  });
});

describe("an upstream's policy", () => {
  it("may be bounded, and only where that has an effect", () => {
    assert.equal(upstream("policy: ring-hash\n    balanceFactor: 150%").balanceFactor, 1.5);
    const { warnings } = upstreamOf('endpoints: ["a:1"]\n    policy: ip_hash\n    balanceFactor: 150%');
    assert.deepEqual(warnings, [
      'g:6:5: "balanceFactor" has no effect with the policy ip-hash; it goes with ring-hash and maglev',
    ]);
  });

  it("may start endpoints slowly, and fail open", () => {
    const { slowStartMs, failOpenBelow } = upstream("slowStart: 30s\n    failOpenBelow: ${SHARE}");
    assert.deepEqual([slowStartMs, failOpenBelow], [30_000, 0.3]);
    const plain = upstream("policy: maglev\n    slowStart: off\n    failOpenBelow: off");
    assert.equal(plain.slowStartMs, 0);
    assert.equal("failOpenBelow" in plain, false);
  });
});

describe("http checks", () => {
  it("have defaults for all that they ask and expect", () => {
    assert.deepEqual(upstream("health: { type: http }").health, {
      type: "http",
      intervalMs: 5000,
      fastIntervalMs: 1000,
      timeoutMs: 2000,
      rise: 2,
      fall: 3,
      http: { method: "GET", path: "/", headers: {}, statuses: [[200, 399]] },
    });
  });

  it("hold what was written", () => {
    const { health } = upstream(
      'health: { type: http, method: POST, path: /a?b, host: "a.example:80", headers: { X-A: b }, statuses: [200-299, 404, "500"], body: "ok" }',
    );
    assert.deepEqual(health?.http, {
      method: "POST",
      path: "/a?b",
      host: "a.example:80",
      headers: { "X-A": "b" },
      statuses: [
        [200, 299],
        [404, 404],
        [500, 500],
      ],
      body: "ok",
    });
  });

  it("take one status without a list", () => {
    for (const [written, range] of [
      ["204", [204, 204]],
      ['"204"', [204, 204]],
      ["200-204", [200, 204]],
    ] as const) {
      assert.deepEqual(upstream(`health: { type: http, statuses: ${written} }`).health?.http?.statuses, [range]);
    }
  });
});

describe("checks", () => {
  it("of any kind may go to another port, and hold nothing of http", () => {
    const { health } = upstream("health:\n      port: ${PORT}");
    assert.equal(health?.port, 81);
    assert.equal("http" in health, false);
  });

  it("are never slower when something is about to change", () => {
    assert.equal(upstream("health: { interval: 500ms, timeout: 100ms }").health?.fastIntervalMs, 500);
    assert.equal(upstream("health: { interval: 1m }").health?.fastIntervalMs, 1000);
    assert.equal(upstream("health: { interval: 2s, fastInterval: 2s }").health?.fastIntervalMs, 2000);
  });
});

describe("what failures do", () => {
  it("can be switched off", () => {
    for (const off of ["off", "false", '"off"']) {
      const quiet = upstream(`outlier: ${off}\n    circuitBreaker: ${off}`);
      for (const key of ["outlier", "endpointBreaker", "upstreamBreaker"]) assert.equal(key in quiet, false, off);
    }
  });

  it("ejects as it was told", () => {
    assert.deepEqual(upstream("outlier: { failures: 3, ejection: 1m, maxEjected: 10% }").outlier, {
      consecutiveFailures: 3,
      windowMs: 10_000,
      ejectionMs: 60_000,
      maxEjectionMs: 300_000,
      maxEjectedShare: 0.1,
    });
  });

  it("breaks the circuits that it was told to", () => {
    const both = upstream("circuitBreaker: { endpoint: {}, upstream: { probes: 2 } }");
    const common = { windowMs: 10_000, openMs: 30_000, successes: 1 };
    assert.deepEqual(both.endpointBreaker, { ...common, failures: 5, halfOpenProbes: 1 });
    assert.deepEqual(both.upstreamBreaker, { ...common, failures: 10, halfOpenProbes: 2 });
    const one = upstream("circuitBreaker: { upstream: {}, endpoint: off }");
    assert.equal("endpointBreaker" in one, false);
    assert.equal(one.upstreamBreaker?.failures, 10);
    const none = upstream("circuitBreaker: {}");
    assert.equal("upstreamBreaker" in none, false);
  });

  it("says the same in JSON and TOML", () => {
    const keys =
      '"queue": false, "slowStart": "1s", "outlier": { "failures": 2 }, "circuitBreaker": { "endpoint": {} }';
    const json = parseConfig(
      `{ "listeners": { "a": { "address": ":1", "upstream": "u" } }, "upstreams": { "u": { "endpoints": ["a:1"], ${keys} } } }`,
      { file: "g", format: "json", env: {} },
    );
    const toml = parseConfig(
      '[listeners.a]\naddress = ":1"\nupstream = "u"\n[upstreams.u]\nendpoints = ["a:1"]\nqueue = false\nslowStart = "1s"\noutlier = { failures = 2 }\n[upstreams.u.circuitBreaker.endpoint]\n',
      { file: "g", format: "toml", env: {} },
    );
    assert.ok(json.ok && toml.ok);
    assert.deepEqual(toml.config, json.config);
    assert.equal(json.config.upstreams[0]?.queue.maxLength, 0);
    assert.equal(json.config.upstreams[0]?.endpointBreaker?.failures, 5);
  });
});
