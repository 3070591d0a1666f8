import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AddressSet } from "../../../src/core/bytes/address-set.ts";

describe("AddressSet", () => {
  const table: readonly (readonly [
    blocks: readonly string[],
    inside: readonly string[],
    outside: readonly string[],
  ])[] = [
    [[], [], ["192.0.2.1", "::1", ""]],
    [["192.0.2.1"], ["192.0.2.1", "::ffff:192.0.2.1", "::ffff:c000:201"], ["192.0.2.2", "192.0.2.0", "::192.0.2.1"]],
    [["10.0.0.0/8"], ["10.0.0.0", "10.255.255.255"], ["9.255.255.255", "11.0.0.0", "a00::"]],
    [["10.1.2.3/8"], ["10.0.0.0", "10.255.255.255"], ["11.1.2.3"]],
    [["192.168.0.0/23"], ["192.168.1.255"], ["192.168.2.0"]],
    [["128.0.0.0/1"], ["128.0.0.0", "255.255.255.255"], ["127.255.255.255"]],
    [["0.0.0.0/0"], ["0.0.0.0", "255.255.255.255", "::ffff:1.2.3.4"], ["::", "::1"]],
    [["1.2.3.4/32"], ["1.2.3.4"], ["1.2.3.5"]],
    [["::/0"], ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1%eth0"], ["1.2.3.4", "::ffff:1.2.3.4"]],
    [["::ffff:10.0.0.0/104"], ["10.1.2.3", "::ffff:10.1.2.3"], ["11.0.0.0"]],
    [["::ffff:10.0.0.1"], ["10.0.0.1"], ["10.0.0.2"]],
    [["::ffff:0:0/96"], ["1.2.3.4"], ["::1", "::"]],
    [["::ffff:0:0/95"], ["::fffe:1:2"], ["1.2.3.4"]],
    [["2001:db8::/32"], ["2001:db8::", "2001:db8:ffff::1"], ["2001:db7:ffff::", "2001:db9::", "32.1.13.184"]],
    [["2001:db8::/33"], ["2001:db8:7fff::"], ["2001:db8:8000::"]],
    [["2001:db8::1/128"], ["2001:db8::1"], ["2001:db8::2"]],
    [["2001:db8::1:0/127"], ["2001:db8::1:1"], ["2001:db8::1:2"]],
    [["fe80::/10"], ["fe80::1%eth0", "febf::"], ["fec0::"]],
    [
      ["10.1.0.0/16", "10.0.0.0/8", "10.2.3.4", "12.0.0.0/8", "::1", "10.255.255.255"],
      ["10.0.0.0", "10.1.0.0", "10.2.3.4", "10.200.0.0", "10.255.255.255", "12.1.1.1", "::1"],
      ["11.0.0.0", "13.0.0.0", "::2", "::"],
    ],
  ];
  for (const [blocks, inside, outside] of table) {
    it(`of ${blocks.join(", ") || "nothing"}`, () => {
      const set = new AddressSet(blocks);
      for (const address of inside) assert.ok(set.has(address), address);
      for (const address of outside) assert.ok(!set.has(address), address);
      for (const text of ["", "unix", "10.0.0", "10.0.0.0/8", "::1::", "example.com"]) assert.ok(!set.has(text), text);
    });
  }

  it("takes nothing else", () => {
    for (const block of ["", "x", "1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/1x", "::/129", "1.2.3/8", "/8"]) {
      assert.throws(() => new AddressSet([block]), RangeError, block);
    }
  });

  it("holds what one of its blocks holds", () => {
    const block = fc.tuple(fc.nat(0xffff_ffff), fc.nat(32));
    const ipv4 = (bits: number): string => [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
    fc.assert(
      fc.property(fc.array(block, { maxLength: 20 }), fc.array(fc.nat(0xffff_ffff)), (blocks, addresses) => {
        const set = new AddressSet(blocks.map(([bits, length]) => `${ipv4(bits)}/${length}`));
        for (const address of [...addresses, ...blocks.flatMap(([bits]) => [bits, bits ^ 1, bits ^ 0x1_0000])]) {
          const expected = blocks.some(([bits, length]) => length === 0 || (bits ^ address) >>> (32 - length) === 0);
          assert.equal(set.has(ipv4(address)), expected);
        }
      }),
    );
  });
});
