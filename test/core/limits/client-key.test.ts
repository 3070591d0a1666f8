import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { clientKey, clientText } from "../../../src/core/limits/client-key.ts";

const textOf = (host: string): string => clientText({ kind: "tcp", host, port: 50_000 });
/** As text, to compare. */
const keyOf = (host: string): string => JSON.stringify(clientKey({ kind: "tcp", host, port: 50_000 }));

describe("clientKey and clientText", () => {
  const table: readonly (readonly [host: string, key: string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::FFFF:1.2.3.4", "1.2.3.4"],
    ["::ffff:0102:0304", "1.2.3.4"],
    ["::ffff:ffff:ffff", "255.255.255.255"],
    ["0:0:0:0:0:ffff:102:304", "1.2.3.4"],
    ["0000:0000:0000:0000:0000:ffff:192.0.2.255", "192.0.2.255"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:0DB8:0001:0002::6", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8::/64"],
    ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
    ["0:0:0:1:2:3:4:5", "0:0:0:1::/64"],
    ["::1", "::/64"],
    ["::", "::/64"],
    ["1::", "1::/64"],
    ["::1.2.3.4", "::/64"],
    ["1:2:3:4:5:6:1.2.3.4", "1:2:3:4::/64"],
    ["fe80::1%eth0", "fe80::/64"],
    ["fe80::2%25", "fe80::/64"],
    // Not mapped: there is something before ffff.
    ["1::ffff:1.2.3.4", "1::/64"],
  ];
  for (const [host, text] of table) {
    it(`${host} is ${text}`, () => {
      assert.equal(textOf(host), text);
      assert.equal(keyOf(host), keyOf(text.replace("/64", "")));
    });
  }

  it("keys hold the address", () => {
    assert.deepEqual(clientKey({ kind: "tcp", host: "192.0.2.1", port: 1 }), {
      kind: 1,
      high: 0,
      low: 0xc000_0201 | 0,
    });
    assert.deepEqual(clientKey({ kind: "tcp", host: "2001:db8:1:F002::9", port: 1 }), {
      kind: 2,
      high: 0x2001_0db8,
      low: 0x0001_f002,
    });
  });

  it("all peers of a unix socket are one", () => {
    for (const path of ["/run/a.sock", ""]) {
      assert.equal(clientText({ kind: "unix", path }), "unix");
      assert.deepEqual(clientKey({ kind: "unix", path }), { kind: 3, high: 0, low: 0 });
    }
  });

  for (const host of [
    "",
    ":",
    ":::",
    "%",
    "1:2:3",
    "1:2:3:4:5:6:7:8:9",
    "::1::",
    "12345::",
    "::1.2.3",
    "::1.2.3.999",
    "1:2:3:4::5:6:7:8",
  ]) {
    it(`text that is no address stands: "${host}"`, () => {
      assert.equal(textOf(host), host);
      assert.equal(clientKey({ kind: "tcp", host, port: 1 }).kind, 4);
    });
  }

  it("never throws", () => {
    const odd = fc.string({ unit: fc.constantFrom(":", ".", "%", "f", "0", "9", "1", "x", "::", "ffff", "1.2.3.4") });
    fc.assert(fc.property(fc.oneof(odd, fc.string()), (host) => assert.equal(typeof textOf(host), "string")));
  });

  it("two keys are equal exactly when their texts are", () => {
    const host = fc.string({ unit: fc.constantFrom(":", "%", "f", "1", "10", "::", "ffff", "1.2.3.4", "256") });
    fc.assert(
      fc.property(host, host, (one, other) => {
        assert.equal(keyOf(one) === keyOf(other), textOf(one) === textOf(other));
      }),
      { numRuns: 2000 },
    );
  });

  it("two addresses have one key exactly when their upper halves are equal, however they are written", () => {
    const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
    const half = fc.tuple(group, group, group, group);
    fc.assert(
      fc.property(half, half, half, half, fc.boolean(), (upper, other, lower, further, padded) => {
        // Mapped addresses are another matter.
        fc.pre([upper, other].every((groups) => groups.some((one) => one !== 0)));
        const key = keyOf(write([...upper, ...lower], padded));
        assert.equal(keyOf(shorten([...upper, ...further])), key);
        assert.equal(keyOf(shorten([...other, ...lower])) === key, String(upper) === String(other));
      }),
    );
  });
});

function write(groups: readonly number[], padded: boolean): string {
  return groups
    .map((one) =>
      one
        .toString(16)
        .padStart(padded ? 4 : 1, "0")
        .toUpperCase(),
    )
    .join(":");
}

/** With `::` for the first zero, wherever it is. */
function shorten(groups: readonly number[]): string {
  const at = groups.indexOf(0);
  if (at === -1) return write(groups, false);
  let end = at;
  while (groups[end] === 0) end++;
  return `${write(groups.slice(0, at), false)}::${write(groups.slice(end), false)}`;
}
