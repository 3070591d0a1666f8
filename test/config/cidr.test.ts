import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { cidrPattern, parseCidr } from "../../src/config/cidr.ts";

function value(text: string): string | undefined {
  const read = parseCidr(text);
  return read.ok ? read.value : undefined;
}

describe("parseCidr()", () => {
  it("reads addresses and blocks to their one spelling", () => {
    assert.equal(value("10.0.0.0/8"), "10.0.0.0/8");
    assert.equal(value("10.0.0.1"), "10.0.0.1");
    assert.equal(value("10.0.0.1/32"), "10.0.0.1/32");
    assert.equal(value("0.0.0.0/0"), "0.0.0.0/0");
    assert.equal(value("10.128.0.0/9"), "10.128.0.0/9");
    assert.equal(value("FD00:0::/8"), "fd00::/8");
    assert.equal(value("2001:db8:0:8000::/49"), "2001:db8:0:8000::/49");
    assert.equal(value("::1/128"), "::1/128");
  });

  it("refuses a block that does not begin at its first address", () => {
    for (const text of ["10.0.0.1/31", "10.64.0.0/9", "10.0.0.0/4", "fd00::1/127", "2001:db8::/28"]) {
      assert.equal(value(text), undefined, text);
    }
  });

  it("takes the first address of any block, and no other", () => {
    const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 32 }), (parts, bits) => {
        const number = parts.reduce((sum, part) => sum * 256 + part, 0);
        const isFirst = number % 2 ** (32 - bits) === 0;
        assert.equal(value(`${parts.join(".")}/${bits}`) !== undefined, isFirst);
      }),
    );
  });

  it("takes nothing that its pattern for editors refuses", () => {
    for (const text of ["10.0.0.0/8", "::1", "fd00::/8", "a", "10.0.0.0/", "/8", "", "10.0.0.0/8/9", "1.2.3.4/x"]) {
      assert.ok(value(text) === undefined || new RegExp(cidrPattern).test(text), text);
    }
  });
});
