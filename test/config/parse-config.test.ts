import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatConfigError } from "../../src/config/config-error.ts";
import type { Config } from "../../src/config/config.ts";
import { formatOf, parseConfig, type ConfigFormat } from "../../src/config/parse-config.ts";
import type { ConfigResult } from "../../src/config/validate-config.ts";

const examples = new URL("../../examples/", import.meta.url);

function parse(text: string, format: ConfigFormat = "yaml", env: Record<string, string> = {}): ConfigResult {
  return parseConfig(text, { file: "g", format, env });
}

function good(result: ConfigResult): Config {
  assert.ok(result.ok, result.ok ? "" : result.errors.map(formatConfigError).join("\n"));
  return result.config;
}

function example(name: string): string {
  return readFileSync(new URL(name, examples), "utf8");
}

describe("parseConfig()", () => {
  it("reads the shape of the first pages of the docs", () => {
    const config = good(
      parse(`
listeners:
  db: { address: "127.0.0.1:5432", protocol: tcp, upstream: postgres }
upstreams:
  postgres:
    policy: least-connections
    endpoints: ["10.0.0.1:5432", { address: "10.0.0.2:5432", weight: 2 }]
    health: { type: tcp, interval: 5s, timeout: 2s, rise: 2, fall: 3 }
drainTimeout: 30s
log: { level: info, format: json }
admin: { address: "127.0.0.1:9090" }
`),
    );
    assert.deepEqual(config, {
      listeners: [
        {
          name: "db",
          address: { kind: "tcp", host: "127.0.0.1", port: 5432 },
          protocol: "tcp",
          upstream: "postgres",
          idleTimeoutMs: 600_000,
          finTimeoutMs: 30_000,
          bufferBytes: 65_536,
          backlog: 4096,
          keepAliveMs: 60_000,
          ipv6Only: false,
        },
      ],
      upstreams: [
        {
          name: "postgres",
          policy: "least-connections",
          balanceFactor: 1.25,
          endpoints: [
            { address: { kind: "tcp", host: "10.0.0.1", port: 5432 }, weight: 1, priority: 0, adminState: "ready" },
            { address: { kind: "tcp", host: "10.0.0.2", port: 5432 }, weight: 2, priority: 0, adminState: "ready" },
          ],
          connectTimeoutMs: 3000,
          connectRetries: 2,
          retryBudget: { share: 0.2, minimum: 3 },
          maxPendingConnects: 1024,
          queue: { maxLength: 1024, timeoutMs: 5000 },
          slowStartMs: 0,
          http: {
            responseTimeoutMs: 30_000,
            readTimeoutMs: 60_000,
            keepAlive: { idleTimeoutMs: 4000, maxIdle: 64, maxAgeMs: 3_600_000 },
            retry: {
              attempts: 1,
              on: ["reset"],
              nonIdempotent: false,
              backoffMs: 25,
              maxBackoffMs: 250,
              maxBodyBytes: 65_536,
            },
          },
          health: { type: "tcp", intervalMs: 5000, fastIntervalMs: 1000, timeoutMs: 2000, rise: 2, fall: 3 },
          outlier: {
            consecutiveFailures: 5,
            windowMs: 10_000,
            ejectionMs: 30_000,
            maxEjectionMs: 300_000,
            maxEjectedShare: 0.5,
          },
          resolve: { minTtlMs: 1000, maxTtlMs: 300_000, timeoutMs: 5000 },
        },
      ],
      routes: [],
      drainTimeoutMs: 30_000,
      workers: "auto",
      limits: { maxConnections: "auto", overload: { descriptorShare: 0.9, memoryShare: 0.9, loopLagMs: 500 } },
      log: { level: "info", format: "json", access: { format: "auto", template: "", sample: 1 } },
      admin: { address: { kind: "tcp", host: "127.0.0.1", port: 9090 } },
    });
  });

  it("fills in every default", () => {
    const config = good(parse(example("minimal.yaml")));
    assert.deepEqual(config.upstreams[0]?.health, {
      type: "tcp",
      intervalMs: 5000,
      fastIntervalMs: 1000,
      timeoutMs: 2000,
      rise: 2,
      fall: 3,
    });
    assert.equal(config.upstreams[0]?.policy, "p2c");
    assert.equal(config.drainTimeoutMs, 30_000);
    assert.deepEqual(config.log, {
      level: "info",
      format: "auto",
      access: { format: "auto", template: "", sample: 1 },
    });
    assert.equal("admin" in config, false);
    assert.equal("sourceAddress" in (config.upstreams[0] ?? {}), false);
  });

  it("is a plain document that can cross to a worker", () => {
    const config = good(parse(example("tcp.yaml")));
    assert.deepEqual(structuredClone(config), config);
  });

  it("keeps listeners, upstreams and endpoints in the order of the file", () => {
    const config = good(
      parse(`
upstreams: { z: { endpoints: ["b:1", "a:1"] }, a: { endpoints: ["c:1"] }, m2: { endpoints: ["d:1"] } }
listeners: { z: { address: ":1", upstream: z }, b: { address: ":2", upstream: a }, a: { address: ":3", upstream: m2 } }
`),
    );
    assert.deepEqual(
      config.listeners.map(({ name }) => name),
      ["z", "b", "a"],
    );
    assert.deepEqual(
      config.upstreams.map(({ name }) => name),
      ["z", "a", "m2"],
    );
    const hosts = config.upstreams[0]?.endpoints.map(({ address }) => (address.kind === "tcp" ? address.host : ""));
    assert.deepEqual(hosts, ["b", "a"]);
  });

  it("says the same of TOML, JSON and YAML with the same content", () => {
    const toml = good(parse(example("tcp.toml"), "toml"));
    assert.deepEqual(good(parse(example("tcp.json"), "json")), toml);
    assert.deepEqual(good(parse(example("tcp.yaml"))), toml);
  });

  for (const off of ["health: off", "health: false", 'health: "off"']) {
    it(`switches checks off with ${off}`, () => {
      const config = good(
        parse(`listeners: { a: { address: ":1", upstream: u } }\nupstreams: { u: { endpoints: ["b:1"], ${off} } }`),
      );
      assert.equal("health" in (config.upstreams[0] ?? {}), false);
    });
  }

  it("takes a number of workers, and auto", () => {
    for (const [text, workers] of [
      ["auto", "auto"],
      ["1", 1],
      ["256", 256],
      ["${WORKERS}", 3],
    ] as const) {
      const config = good(parse(`${example("minimal.yaml")}workers: ${text}\n`, "yaml", { WORKERS: "3" }));
      assert.equal(config.workers, workers);
    }
  });

  it("takes 0 for a drain at once, off for no keepalive, and any spelling of a policy", () => {
    const config = good(
      parse(`
listeners: { a: { address: "[::]:1", upstream: u, keepAlive: off, ipv6Only: true } }
upstreams: { u: { endpoints: ["b:1"], policy: Least_Conn, sourceAddress: "0:0::1" } }
drainTimeout: 0
`),
    );
    assert.equal(config.drainTimeoutMs, 0);
    assert.equal(config.listeners[0]?.keepAliveMs, 0);
    assert.equal(config.listeners[0]?.ipv6Only, true);
    assert.equal(config.upstreams[0]?.policy, "least-connections");
    assert.equal(config.upstreams[0]?.sourceAddress, "::1");
  });

  it("follows YAML aliases, and names the alias when the value is wrong there", () => {
    const head = 'listeners: { a: { address: ":1", upstream: u }, b: { address: ":2", upstream: v } }\n';
    const config = good(
      parse(
        `${head}upstreams:\n  u: { endpoints: ["b:1"], health: &h { interval: 9s } }\n  v: { endpoints: ["c:1"], health: *h }\n`,
      ),
    );
    assert.equal(config.upstreams[1]?.health?.intervalMs, 9000);
    const wrong = parse(
      `${head}upstreams:\n  u: { endpoints: ["b:1"], connectTimeout: &t 9s }\n  v: { endpoints: ["c:1"], retries: *t }\n`,
    );
    assert.deepEqual(wrong.ok ? [] : wrong.errors.map(formatConfigError), [
      'g:4:37: "retries" is the text "9s"; expected a whole number from 0 to 100',
    ]);
  });

  it("leaves distinct addresses of one port alone", () => {
    const two = (a: string, b: string, more = ""): boolean =>
      parse(
        `listeners: { a: { address: "${a}", upstream: u }, b: { address: "${b}", upstream: u${more} } }\nupstreams: { u: { endpoints: ["x:9"] } }`,
      ).ok;
    assert.equal(two("127.0.0.1:80", "127.0.0.2:80"), true);
    assert.equal(two("127.0.0.1:80", "[::1]:80"), true);
    assert.equal(two("0.0.0.0:80", "[::]:80", ", ipv6Only: true"), true);
    assert.equal(two("0.0.0.0:80", "[::]:80"), false);
    assert.equal(two(":0", ":0"), true);
    assert.equal(two("unix:/a", "unix:/b"), true);
    assert.equal(two("localhost:80", "[::1]:80"), false);
    assert.equal(two("[::ffff:127.0.0.1]:80", "127.0.0.1:80"), false);
  });

  it("allows endpoints on the port of a listener on other machines", () => {
    good(parse('listeners: { a: { address: ":80", upstream: u } }\nupstreams: { u: { endpoints: ["10.0.0.1:80"] } }'));
    good(
      parse(
        'listeners: { a: { address: "127.0.0.1:80", upstream: u } }\nupstreams: { u: { endpoints: ["127.0.0.2:80"] } }',
      ),
    );
  });

  it("warns of an upstream that no listener or route uses", () => {
    const result = parse(
      'listeners: { a: { address: ":1", upstream: u } }\nupstreams: { u: { endpoints: ["b:1"] }, v: { endpoints: ["c:1"] } }',
    );
    assert.equal(result.ok, true);
    assert.deepEqual(result.warnings.map(formatConfigError), [
      'g:2:41: Upstream "v" is not used by any listener or route; its endpoints are probed all the same',
    ]);
  });

  it("skips a byte order mark", () => {
    good(parse(`\ufeff${example("minimal.yaml")}`));
    good(parse(`\ufeff${example("tcp.toml")}`, "toml"));
    good(parse(`\ufeff${example("tcp.json")}`, "json"));
  });

  it("refuses a text of more than 1 MiB without reading it", () => {
    const result = parse(`# ${"x".repeat(1024 * 1024)}`);
    assert.deepEqual(result.ok ? [] : result.errors.map(formatConfigError), [
      "g:1:1: File has 1048578 characters; expected at most 1048576",
    ]);
  });

  it("stops at a hundred errors and says how many more there are", () => {
    const keys = Array.from({ length: 150 }, (_, index) => `zzz${index}: 1`).join("\n");
    const result = parse(`${example("minimal.yaml")}\n${keys}\n`);
    assert.ok(!result.ok);
    assert.equal(result.errors.length, 101);
    assert.equal(result.errors.at(-1)?.what, "50 more mistakes are not shown");
  });

  it("gives each error its path", () => {
    const result = parse(
      'listeners: { a: { address: ":1", upstream: u } }\nupstreams: { u: { endpoints: ["b:1", { address: "c:1", weight: 0 }] } }',
    );
    assert.deepEqual(result.ok ? [] : result.errors.map(({ path }) => path), ["upstreams.u.endpoints[1].weight"]);
  });

  for (const name of readdirSync(examples).filter((file) => formatOf(file) !== undefined)) {
    it(`takes examples/${name}`, () => {
      const format = formatOf(name);
      assert.ok(format !== undefined);
      const result = parse(example(name), format);
      good(result);
      assert.deepEqual(result.warnings, []);
    });
  }
});

describe("parseConfig() never throws", () => {
  const formats: readonly ConfigFormat[] = ["yaml", "toml", "json"];

  it("for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), fc.constantFrom(...formats), (text, format) => {
        assert.equal(typeof parse(text, format).ok, "boolean");
      }),
    );
  });

  it("for a good config with a piece cut out or put in", () => {
    const texts = { yaml: example("resilient.yaml"), toml: example("tcp.toml"), json: example("tcp.json") };
    const piece = fc.oneof(
      fc.string({ maxLength: 6 }),
      fc.constantFrom("${", "*", "&a ", "{", "]", ":", "\t", "\n", "-", "'"),
    );
    fc.assert(
      fc.property(fc.constantFrom(...formats), fc.nat(5000), fc.nat(40), piece, (format, seed, length, inserted) => {
        const text = texts[format];
        const at = seed % text.length;
        const result = parse(text.slice(0, at) + inserted + text.slice(at + length), format);
        for (const error of result.ok ? [] : result.errors) {
          assert.ok(error.line >= 1 && error.column >= 1);
          assert.match(formatConfigError(error), /^g:\d+:\d+: \S[^\n\r]*$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("for what is nested beyond reason", () => {
    for (const [format, text] of [
      ["yaml", "[".repeat(100_000)],
      ["yaml", `a: ${"{a: ".repeat(20_000)}`],
      ["yaml", `${"- ".repeat(20_000)}a`],
      ["toml", `a = ${"[".repeat(20_000)}`],
      ["toml", `${"a.".repeat(20_000)}a = 1`],
      ["json", "[".repeat(100_000)],
      ["json", '{"a":'.repeat(100_000)],
    ] as const) {
      assert.equal(parse(text, format).ok, false);
    }
  });

  it("for aliases that would grow without bound", () => {
    const levels = Array.from(
      { length: 12 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array.from({ length: 8 }, () => `*a${index}`).join(", ")}]`,
    );
    const result = parse(`a0: &a0 [x, x, x, x, x, x, x, x]\n${levels.join("\n")}\n`);
    assert.ok(!result.ok);
    assert.ok(result.errors.some(({ what }) => what === "File has more than 100 aliases"));
  });
});

describe("formatOf()", () => {
  it("goes by the end of the name", () => {
    assert.equal(formatOf("a.yaml"), "yaml");
    assert.equal(formatOf("/etc/geryon.d/a.YML"), "yaml");
    assert.equal(formatOf("a.toml"), "toml");
    assert.equal(formatOf("a.b.json"), "json");
    assert.equal(formatOf("yaml"), undefined);
    assert.equal(formatOf("a.yaml/b"), undefined);
    assert.equal(formatOf("a.conf"), undefined);
  });
});
