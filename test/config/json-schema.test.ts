import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { configDocs } from "../../scripts/docs-config.ts";
import { parseAddress } from "../../src/config/address.ts";
import { configJsonSchema, type JsonSchema } from "../../src/config/json-schema.ts";

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** All schemas inside a schema, with their paths. */
function* walk(schema: JsonSchema, path = "#"): Generator<readonly [string, JsonSchema]> {
  yield [path, schema];
  const { properties, additionalProperties, items, anyOf } = schema;
  if (isSchema(properties)) {
    for (const [key, inner] of Object.entries(properties)) if (isSchema(inner)) yield* walk(inner, `${path}/${key}`);
  }
  if (isSchema(additionalProperties)) yield* walk(additionalProperties, `${path}/*`);
  if (isSchema(items)) yield* walk(items, `${path}[]`);
  for (const [index, inner] of Array.isArray(anyOf) ? anyOf.entries() : []) {
    if (isSchema(inner)) yield* walk(inner, `${path}|${index}`);
  }
}

function at(path: string): JsonSchema {
  const found = [...walk(configJsonSchema())].find(([own]) => own === path);
  assert.ok(found !== undefined, path);
  return found[1];
}

/** As much of a JSON Schema validator as this schema has need of. */
function accepts(schema: JsonSchema, value: unknown): boolean {
  const { anyOf, enum: words, pattern, minimum, maximum, minItems, required } = schema;
  if (Array.isArray(anyOf)) return anyOf.filter(isSchema).some((form) => accepts(form, value));
  if (Array.isArray(words) && !words.includes(value)) return false;
  const types = schema["type"] === undefined ? [] : [schema["type"]].flat();
  if (!types.some((type) => isOfType(type, value))) return false;
  if (typeof value === "string") return typeof pattern !== "string" || new RegExp(pattern, "u").test(value);
  if (typeof value === "number") return value >= Number(minimum ?? value) && value <= Number(maximum ?? value);
  if (Array.isArray(value)) {
    const { items } = schema;
    return value.length >= Number(minItems ?? 0) && isSchema(items) && value.every((item) => accepts(items, item));
  }
  if (!isSchema(value)) return true;
  if (Array.isArray(required) && !required.every((key) => Object.hasOwn(value, String(key)))) return false;
  const properties = isSchema(schema["properties"]) ? schema["properties"] : {};
  return Object.entries(value).every(([key, inner]) => {
    const own = properties[key] ?? schema["additionalProperties"];
    return isSchema(own) && accepts(own, inner);
  });
}

function isOfType(type: unknown, value: unknown): boolean {
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isSchema(value);
  return type === "integer" ? Number.isInteger(value) : typeof value === type;
}

describe("configJsonSchema()", () => {
  it("is a schema that editors know", () => {
    const schema = configJsonSchema();
    assert.equal(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert.deepEqual(JSON.parse(JSON.stringify(schema)), schema);
  });

  it("describes every key, and refuses unknown ones", () => {
    for (const [path, schema] of walk(configJsonSchema())) {
      if (!/[|]\d$/.test(path)) assert.equal(typeof schema["description"], "string", path);
      if (isSchema(schema["properties"])) assert.equal(schema["additionalProperties"], false, path);
    }
  });

  it("accepts its own defaults and examples", () => {
    let defaults = 0;
    for (const [path, schema] of walk(configJsonSchema())) {
      const { default: value, examples } = schema;
      if (value !== undefined) {
        assert.ok(accepts(schema, value), `${path} = ${JSON.stringify(value)}`);
        defaults += 1;
      }
      for (const example of Array.isArray(examples) ? examples : []) assert.ok(accepts(schema, example), path);
    }
    assert.ok(defaults >= 20, `${defaults} defaults`);
  });

  it("accepts what the parser accepts", () => {
    const json: unknown = JSON.parse(readFileSync(new URL("../../examples/tcp.json", import.meta.url), "utf8"));
    assert.ok(accepts(configJsonSchema(), json));
    for (const name of ["resilient", "http", "websocket", "canary"]) {
      const yaml: unknown = parse(readFileSync(new URL(`../../examples/${name}.yaml`, import.meta.url), "utf8"));
      assert.ok(accepts(configJsonSchema(), yaml), name);
    }
    for (const [role, path] of [
      ["listener", "#/listeners/*/address"],
      ["endpoint", "#/upstreams/*/endpoints[]|0"],
    ] as const) {
      for (const text of [
        "127.0.0.1:80",
        "[::1]:80",
        "a.b:80",
        ":80",
        "*:80",
        "unix:/a",
        "unix:@a",
        "80",
        "a",
        "::1:80",
        "http://a:80",
      ]) {
        assert.equal(accepts(at(path), text), parseAddress(text, role).ok, `${role} ${text}`);
      }
    }
  });

  it("accepts a reference in the place of any value", () => {
    for (const path of [
      "address",
      "protocol",
      "upstream",
      "idleTimeout",
      "buffer",
      "backlog",
      "keepAlive",
      "ipv6Only",
      "maxConnections",
      "maxConnectionsPerClient",
      "clientRate",
    ]) {
      assert.ok(accepts(at(`#/listeners/*/${path}`), "${NAME:-x}"), path);
    }
    for (const path of [
      "balanceFactor",
      "maxPendingConnects",
      "failOpenBelow",
      "slowStart",
      "queue|1/length",
      "health|1/path",
      "health|1/statuses",
      "outlier|1/maxEjected",
    ]) {
      assert.ok(accepts(at(`#/upstreams/*/${path}`), "${NAME}"), path);
    }
  });

  it("accepts a reference inside routes", () => {
    for (const path of ["name", "upstream", "match/path", "match/host", "maxBody", "upgrades", "redirect/status"]) {
      assert.ok(accepts(at(`#/routes[]/${path}`), "${NAME}"), path);
    }
  });

  it("accepts numbers of workers, auto and a reference", () => {
    for (const value of ["auto", 1, 256, "${WORKERS}"]) assert.ok(accepts(at("#/workers"), value), String(value));
    for (const value of ["off", "4", 0, 257, 1.5]) assert.equal(accepts(at("#/workers"), value), false, String(value));
  });

  it("refuses what the parser refuses", () => {
    assert.equal(accepts(at("#/listeners/*/idleTimeout"), "10"), false);
    assert.equal(accepts(at("#/listeners/*/idleTimeout"), 10), false);
    assert.equal(accepts(at("#/listeners/*/buffer"), "64"), false);
    assert.equal(accepts(at("#/upstreams/*/endpoints[]|1/weight"), 257), false);
    assert.equal(accepts(at("#/upstreams/*/health"), "on"), false);
    assert.equal(accepts(at("#/limits/maxConnections"), "off"), false);
    assert.equal(accepts(at("#/listeners/*/clientRate"), "100"), false);
    assert.equal(accepts(at("#/upstreams/*/failOpenBelow"), 30), false);
    assert.equal(accepts(at("#/upstreams/*/health|1/path"), "health"), false);
    assert.equal(accepts(at("#/upstreams/*/health|1/statuses"), [99]), false);
    assert.equal(accepts(at("#/upstreams/*/health|1/headers"), { "X-A": "a\r\nb" }), false);
    assert.equal(accepts(at("#/upstreams/*/circuitBreaker|1/endpoint|1/failures"), 0), false);
    assert.equal(accepts(at("#/log/level"), "warn"), false);
    assert.equal(accepts(at("#/log/access"), "combined"), false);
    assert.equal(accepts(at("#/listeners/*/http/trustedProxies[]"), "proxy.internal"), false);
    assert.equal(accepts(at("#/listeners/*/http/forwarding/requestId"), "generate"), false);
    assert.equal(accepts(at("#/upstreams/*/http/retry"), true), false);
    assert.equal(accepts(at("#/routes[]"), { upstream: "a" }), false);
    assert.equal(accepts(at("#/routes[]/match/path"), "api"), false);
    assert.equal(accepts(at("#/routes[]/match/host"), "http://a"), false);
    assert.equal(accepts(at("#/routes[]/redirect/status"), 200), false);
    assert.equal(accepts(at("#/routes[]/requestHeaders/set"), { "x-a": "a\r\nb" }), false);
    assert.equal(accepts(configJsonSchema(), { upstreams: {} }), false);
  });
});

describe("docs/config.md", () => {
  it("is what scripts/docs-config.ts writes", () => {
    const example = readFileSync(new URL("../../examples/minimal.yaml", import.meta.url), "utf8");
    assert.equal(readFileSync(new URL("../../docs/config.md", import.meta.url), "utf8"), configDocs(example));
  });
});
