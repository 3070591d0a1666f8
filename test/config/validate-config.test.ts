import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatConfigError, formatPath } from "../../src/config/config-error.ts";
import { validateConfig } from "../../src/config/validate-config.ts";
import { capabilityNames, type Capabilities, type CapabilityName } from "../../src/core/runtime/capabilities.ts";

const document = {
  listeners: { main: { address: "127.0.0.1:4000", upstream: "main" } },
  upstreams: { main: { endpoints: ["127.0.0.1:8001", "127.0.0.1:8002"] } },
};

function lacking(...missing: readonly CapabilityName[]): Capabilities {
  const names = Object.keys(capabilityNames) as CapabilityName[];
  const entries = names.map((name) => [
    name,
    { supported: !missing.includes(name), reason: missing.includes(name) ? "the moon is full" : "" },
  ]);
  return Object.fromEntries(entries) as Capabilities;
}

function errorsOf(value: unknown, capabilities?: Capabilities): readonly string[] {
  const result = validateConfig(
    value,
    capabilities === undefined ? {} : { sockets: { capabilities, reactorFault: "" } },
  );
  return result.ok ? [] : result.errors.map(formatConfigError);
}

describe("validateConfig()", () => {
  it("makes a config from a document that flags were put into", () => {
    const result = validateConfig(document);
    assert.ok(result.ok);
    assert.equal(result.config.listeners[0]?.name, "main");
    assert.equal(result.config.upstreams[0]?.endpoints.length, 2);
    assert.deepEqual(result.warnings, []);
  });

  it("takes keys that are undefined for absent ones", () => {
    const upstream = { endpoints: ["a:1"], policy: undefined, connectTimeout: undefined, health: undefined };
    assert.ok(validateConfig({ ...document, upstreams: { main: upstream }, admin: undefined }).ok);
  });

  it("names a mistake by its path when it is not told a place", () => {
    const wrong = { ...document, upstreams: { main: { endpoints: ["127.0.0.1"], retries: 101 } } };
    assert.deepEqual(errorsOf(wrong), [
      'upstreams.main.endpoints[0]: Address "127.0.0.1" has no port; expected HOST:PORT, [IPV6]:PORT or unix:/PATH; write "127.0.0.1:PORT"',
      'upstreams.main.retries: "retries" is 101; expected a whole number from 0 to 100',
    ]);
  });

  it("names a mistake by the place that the caller tells", () => {
    const wrong = { ...document, listeners: { main: { address: "x", upstream: "main" } } };
    const asked: string[] = [];
    const result = validateConfig(wrong, {
      where: (path, part) => {
        asked.push(`${part} of ${formatPath(path)}`);
        return { file: "--listen", line: 0, column: 0 };
      },
    });
    assert.ok(!result.ok);
    assert.deepEqual(asked, ["value of listeners.main.address"]);
    assert.equal(
      result.errors.map(formatConfigError).join(),
      '--listen: Address "x" has no port; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write "x:PORT"',
    );
  });

  it("refuses what is no document at all", () => {
    for (const value of [undefined, null, 1, "text", [], new Date(0), Symbol("s"), () => 1]) {
      assert.equal(validateConfig(value).ok, false);
    }
  });

  it("refuses values of kinds that no file has", () => {
    const wrong = { ...document, listeners: { main: { address: Symbol("s"), upstream: () => 1, backlog: 1n } } };
    assert.equal(errorsOf(wrong).length, 3);
  });

  it("never refuses without saying why", () => {
    const any = fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constantFrom("off", "1s", "50%", 404, "/"));
    const listed = fc.oneof(any, fc.array(any, { maxLength: 3 }));
    const health = fc.record(
      { type: any, path: any, headers: fc.oneof(any, fc.dictionary(fc.string(), any)), statuses: listed, port: any },
      { requiredKeys: [] },
    );
    const endpoint = fc.record({ address: any, weight: any, backup: any, state: any }, { requiredKeys: [] });
    const map = fc.dictionary(fc.constantFrom("rate", "failures", "length", "endpoint", "memory", "x"), any);
    const one = fc.record(
      {
        address: any,
        protocol: fc.oneof(any, fc.constantFrom("tcp", "http", "auto")),
        http: fc.oneof(any, fc.dictionary(fc.constantFrom("minBodyRate", "errorPages", "maxLine", "retry"), map)),
        upstream: any,
        endpoints: fc.oneof(any, fc.array(fc.oneof(any, endpoint), { maxLength: 3 })),
        health: fc.oneof(any, health),
        clientRate: fc.oneof(listed, map),
        queue: fc.oneof(any, map),
        outlier: fc.oneof(any, map),
        circuitBreaker: fc.oneof(any, map, fc.dictionary(fc.constantFrom("endpoint", "upstream"), map)),
        policy: any,
        retries: any,
        x: any,
      },
      { requiredKeys: [] },
    );
    const entries = fc.oneof(any, fc.dictionary(fc.constantFrom("main", "a", "", "__proto__"), fc.oneof(any, one)));
    const limits = fc.oneof(any, fc.record({ overload: fc.oneof(any, map), maxConnections: any }));
    const inner = fc.oneof(
      any,
      map,
      fc.dictionary(fc.constantFrom("path", "pathRegex", "headers", "set", "status", "prefix", "clients"), listed),
    );
    const route = fc.dictionary(
      fc.constantFrom(
        "name",
        "match",
        "upstream",
        "upstreams",
        "redirect",
        "respond",
        "rewrite",
        "requestHeaders",
        "x",
      ),
      fc.oneof(listed, inner),
    );
    const routes = fc.oneof(any, fc.array(fc.oneof(any, route), { maxLength: 3 }));
    const top = fc.record(
      {
        listeners: entries,
        upstreams: entries,
        routes,
        workers: any,
        limits,
        log: any,
        admin: fc.oneof(any, one),
        x: any,
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(top, (wrong) => {
        const result = validateConfig({ ...document, ...wrong });
        if (!result.ok) assert.ok(result.errors.length > 0);
      }),
      { numRuns: 500 },
    );
  });

  it("does not reach a prototype", () => {
    const wrong = JSON.parse('{"listeners": {"__proto__": {"address": ":1", "upstream": "a"}}, "upstreams": {}}');
    assert.deepEqual(errorsOf(wrong)[0], 'listeners.__proto__: Key "__proto__" is not allowed');
    assert.equal(Object.hasOwn(Object.prototype, "address"), false);
  });

  it("reads no reference to a variable", () => {
    const wrong = { ...document, listeners: { main: { address: ":1", upstream: "${NAME}" } } };
    assert.deepEqual(errorsOf(wrong), ['listeners.main.upstream: Unknown upstream "${NAME}"; expected main']);
  });
});

describe("validateConfig() with capabilities", () => {
  const needy = {
    listeners: { main: { address: ":4000", upstream: "main", ipv6Only: true, backlog: 100, keepAlive: "5s" } },
    upstreams: { main: { endpoints: ["10.0.0.1:1"], sourceAddress: "10.0.0.9" } },
  };

  it("accepts everything when nothing lacks", () => {
    assert.deepEqual(errorsOf(needy, lacking()), []);
  });

  it("refuses what needs a capability that lacks, with the reason", () => {
    assert.deepEqual(errorsOf(needy, lacking("ipv6Only", "sourceAddress")), [
      'listeners.main.ipv6Only: "ipv6Only" needs the capability "ipv6Only", which this runtime lacks: the moon is full; remove the key, or run on another runtime',
      'upstreams.main.sourceAddress: "sourceAddress" needs the capability "sourceAddress", which this runtime lacks: the moon is full; remove the key, or run on another runtime',
    ]);
  });

  it("refuses several workers where they cannot share a port; auto is one there, and one is one everywhere", () => {
    const capabilities = lacking("reusePort");
    assert.deepEqual(errorsOf({ ...document, workers: 2 }, capabilities), [
      'workers: "workers" above 1 needs the capability "reusePort", which this runtime lacks: the moon is full; write auto, or run on another runtime',
    ]);
    for (const workers of ["auto", 1, undefined])
      assert.deepEqual(errorsOf({ ...document, workers }, capabilities), []);
    assert.deepEqual(errorsOf({ ...document, workers: 2 }, lacking()), []);
    assert.equal(errorsOf({ ...document, workers: 257 }, capabilities).length, 1);
  });

  it("refuses an inherited socket where there is none, and one that two would have", () => {
    const listener = { address: "fd:3", upstream: "main" };
    assert.deepEqual(errorsOf({ ...document, listeners: { main: listener } }, lacking()), []);
    assert.deepEqual(errorsOf({ ...document, listeners: { main: listener } }, lacking("inheritedSockets")), [
      'listeners.main.address: "address" fd:3 needs the capability "inheritedSockets", which this runtime lacks: the moon is full; choose an address to bind',
    ]);
    assert.deepEqual(errorsOf({ ...document, listeners: { main: listener, other: listener } }, lacking()), [
      'listeners.other.address: Address "fd:3" is already the address of listener "main"; one listener accepts on it, with all workers',
    ]);
    const others = { main: listener, other: { ...listener, address: "fd:4" }, third: { ...listener, address: ":80" } };
    assert.deepEqual(errorsOf({ ...document, listeners: others }, lacking()), []);
  });

  it("warns of a backlog of a socket that listens already", () => {
    const listener = { address: "fd:3", upstream: "main", backlog: 100 };
    const result = validateConfig({ ...document, listeners: { main: listener } });
    assert.equal(result.ok, true);
    assert.deepEqual(result.warnings.map(formatConfigError), [
      'listeners.main.backlog: "backlog" has no effect on a socket that listens already; set it where the socket is opened',
    ]);
  });

  it("warns of settings that have no effect", () => {
    const result = validateConfig(needy, {
      sockets: { capabilities: lacking("backlog", "keepAliveDelay"), reactorFault: "" },
    });
    assert.equal(result.ok, true);
    assert.deepEqual(result.warnings.map(formatConfigError), [
      'listeners.main.backlog: "backlog" needs the capability "backlog", which this runtime lacks: the moon is full; it has no effect here',
      'listeners.main.keepAlive: "keepAlive" needs the capability "keepAliveDelay", which this runtime lacks: the moon is full; it has no effect here',
    ]);
  });

  it("says nothing of defaults, nor of what is off", () => {
    const all = lacking(...(Object.keys(capabilityNames) as CapabilityName[]));
    const listener = { address: ":4000", upstream: "main", ipv6Only: false, keepAlive: "off" };
    const result = validateConfig(
      { ...document, listeners: { main: listener } },
      {
        sockets: { capabilities: all, reactorFault: "" },
      },
    );
    assert.equal(result.ok, true);
    assert.deepEqual(result.warnings, []);
  });
});
