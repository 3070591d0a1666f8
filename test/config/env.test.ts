import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { coreScalar, expandEnv } from "../../src/config/env.ts";
import { parseConfig } from "../../src/config/parse-config.ts";

const env = { A: "1", B: "two", EMPTY: "", PATH_LIKE: "/x:/y" };

describe("expandEnv()", () => {
  const good: readonly (readonly [string, string, boolean])[] = [
    ["plain", "plain", false],
    ["${A}", "1", true],
    ["x${A}y${B}", "x1ytwo", false],
    ["${NONE:-3}", "3", true],
    ["${A:-3}", "1", true],
    ["${EMPTY}", "", true],
    ["${EMPTY:-3}", "3", true],
    ["${NONE:-}", "", true],
    ["${NONE:-a:-b}", "a:-b", true],
    ["$${A}", "${A}", false],
    ["$$${A}", "$${A}", false],
    ["$A $ {A} $", "$A $ {A} $", false],
    ["${PATH_LIKE}", "/x:/y", true],
  ];
  for (const [text, expanded, whole] of good) {
    it(`puts ${text} in`, () => assert.deepEqual(expandEnv(text, env), { text: expanded, whole, mistakes: [] }));
  }

  it("does not look into what it put in", () => {
    assert.equal(expandEnv("${X}", { X: "${A}" }).text, "${A}");
  });

  it("does not see what a record inherits", () => {
    assert.equal(expandEnv("${constructor}", {}).mistakes.length, 1);
  });

  it("reports each reference that is wrong, with its index", () => {
    const { mistakes } = expandEnv("${NONE} ${a-b} ${A} ${", env);
    assert.deepEqual(
      mistakes.map(({ index, reference }) => [index, reference]),
      [
        [0, "${NONE}"],
        [8, "${a-b}"],
        [20, "${"],
      ],
    );
  });

  it("bounds what a value may grow to", () => {
    assert.equal(expandEnv("${A}${A}", { A: "x".repeat(3000) }).mistakes.length, 1);
  });

  it("leaves text without references alone", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!text.includes("${"));
        assert.equal(expandEnv(text, env).text, text);
      }),
    );
  });
});

describe("coreScalar()", () => {
  it("reads what YAML's core schema reads without quotes", () => {
    assert.equal(coreScalar("2"), 2);
    assert.equal(coreScalar("-1.5"), -1.5);
    assert.equal(coreScalar("0x10"), 16);
    assert.equal(coreScalar("true"), true);
    assert.equal(coreScalar("False"), false);
    assert.equal(coreScalar("null"), null);
    assert.equal(coreScalar("yes"), "yes");
    assert.equal(coreScalar("10s"), "10s");
    assert.equal(coreScalar("[1]"), "[1]");
    assert.equal(coreScalar(""), "");
  });
});

describe("references in a file", () => {
  const upstreams = (retries: string): string =>
    `listeners: { a: { address: ":1", upstream: u } }\nupstreams:\n  u:\n    endpoints: ["b:1"]\n    retries: ${retries}\n`;

  it("are typed in YAML without quotes, and text with them", () => {
    const parse = (retries: string): boolean => parseConfig(upstreams(retries), { file: "g", format: "yaml", env }).ok;
    assert.equal(parse("${A}"), true);
    assert.equal(parse("${NONE:-2}"), true);
    assert.equal(parse('"${A}"'), false);
    assert.equal(parse("${A}0"), false);
  });

  it("are typed in TOML and JSON, where text is always quoted", () => {
    const toml =
      '[listeners.a]\naddress = ":${NONE:-1}"\nupstream = "u"\n[upstreams.u]\nendpoints = ["b:1"]\nretries = "${A}"\n';
    assert.equal(parseConfig(toml, { file: "g", format: "toml", env }).ok, true);
    const json =
      '{"listeners":{"a":{"address":":1","upstream":"u"}},"upstreams":{"u":{"endpoints":["b:1"],"retries":"${A}"}}}';
    assert.equal(parseConfig(json, { file: "g", format: "json", env }).ok, true);
  });

  it("are not looked for in keys", () => {
    const result = parseConfig(`${upstreams("1")}"\${A}": 1\n`, { file: "g", format: "yaml", env });
    assert.deepEqual(result.ok ? [] : result.errors.map(({ what }) => what), ['Unknown key "${A}" at the top level']);
  });
});
