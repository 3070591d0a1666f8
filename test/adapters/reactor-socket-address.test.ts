import assert from "node:assert/strict";
import { isIPv6 } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  familyOf,
  readSocketAddress,
  socketAddressBytes,
  writeSocketAddress,
} from "../../src/adapters/reactor/socket-address.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "../../src/adapters/reactor/linux.ts";
import type { Address } from "../../src/core/runtime/address.ts";

const room = (): Uint8Array<ArrayBuffer> => new Uint8Array(new ArrayBuffer(socketAddressBytes + 2)).fill(0xaa);
const tcp = (host: string, port = 80): Address => ({ kind: "tcp", host, port });

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** What is written, as hexadecimal digits. */
function written(address: Address): string {
  const bytes = room();
  return hex(bytes.subarray(0, writeSocketAddress(address, bytes)));
}

/** The bytes of an IPv6 address, as the eight groups of its text. */
function ipv6Bytes(host: string): string {
  const bytes = room();
  assert.equal(writeSocketAddress(tcp(host), bytes), 28);
  return hex(bytes.subarray(8, 24));
}

/** An address as its text comes back. */
function readBack(host: string, port = 80): Address | undefined {
  const bytes = room();
  writeSocketAddress(tcp(host, port), bytes);
  return readSocketAddress(bytes);
}

describe("socket addresses", () => {
  it("IPv4, as ip(7) lays it out", () => {
    assert.equal(written(tcp("192.0.2.1", 8080)), "02001f90c00002010000000000000000");
    assert.deepEqual(readBack("255.255.255.255", 65_535), tcp("255.255.255.255", 65_535));
    assert.deepEqual(readBack("0.0.0.0", 0), tcp("0.0.0.0", 0));
  });

  it("IPv6, as ipv6(7) lays it out", () => {
    assert.equal(written(tcp("2001:db8::1", 443)), "0a0001bb0000000020010db800000000000000000000000100000000");
    const forms: [string, string][] = [
      ["::", "00000000000000000000000000000000"],
      ["::1", "00000000000000000000000000000001"],
      ["1::", "00010000000000000000000000000000"],
      ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
      ["1:2:3::6:7:8", "00010002000300000000000600070008"],
      ["1::3:4:5:6:7:8", "00010000000300040005000600070008"],
      ["::ffff:1.2.3.4", "00000000000000000000ffff01020304"],
      ["64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"],
      ["1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"],
      ["ABCD:EF01::", "abcdef01000000000000000000000000"],
    ];
    for (const [host, bytes] of forms) assert.equal(ipv6Bytes(host), bytes, host);
  });

  it("an IPv4 client of a listener for both is told as IPv4", () => {
    assert.deepEqual(readBack("::ffff:1.2.3.4"), tcp("1.2.3.4"));
  });

  it("the zone is its number, which the kernel gets", () => {
    assert.equal(written(tcp("fe80::1%7")).slice(-8), "07000000");
    assert.equal(written(tcp("fe80::1%lo")).length, 56);
    assert.equal(familyOf(tcp("fe80::1%7")), AF_INET6);
  });

  it("any IPv6 address comes back in the form that RFC 5952 asks for", () => {
    const group = fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff }));
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const text = groups.map((one) => one.toString(16)).join(":");
        const found = readBack(text);
        assert.ok(found?.kind === "tcp");
        // A URL's host is in that form, but for IPv4 addresses in it, which come back as such.
        if (groups.slice(0, 5).every((one) => one === 0) && groups[5] === 0xffff) return;
        assert.ok(isIPv6(found.host));
        assert.equal(`[${found.host}]`, new URL(`http://[${text}]`).hostname);
        assert.deepEqual(readBack(found.host), found);
      }),
      { numRuns: 1000 },
    );
  });

  it("paths end with NUL, abstract names begin with it", () => {
    assert.equal(written({ kind: "unix", path: "/run/a" }), "01002f72756e2f6100");
    assert.equal(written({ kind: "unix", path: "@a" }), "01000061");
    const bytes = room();
    writeSocketAddress({ kind: "unix", path: "/run/a" }, bytes);
    assert.equal(readSocketAddress(bytes), undefined, "whose it is knows its path");
  });

  it("a path has at most 107 bytes, an abstract name 107 behind its mark", () => {
    for (const path of [`/${"a".repeat(106)}`, `@${"a".repeat(107)}`]) {
      const bytes = room();
      assert.equal(writeSocketAddress({ kind: "unix", path }, bytes), 110);
      assert.deepEqual([...bytes.subarray(110)], [0xaa, 0xaa], "nothing is written behind it");
    }
    for (const path of [`/${"a".repeat(107)}`, `/${"ä".repeat(54)}`, `@${"a".repeat(108)}`]) {
      assert.throws(() => writeSocketAddress({ kind: "unix", path }, room()), { code: "ENAMETOOLONG" });
    }
  });

  it("a name is no address", () => {
    assert.equal(familyOf(tcp("localhost")), undefined);
    assert.throws(() => writeSocketAddress(tcp("localhost"), room()), { code: "EINVAL" });
    assert.deepEqual([familyOf(tcp("127.0.0.1")), familyOf({ kind: "unix", path: "/a" })], [AF_INET, AF_UNIX]);
  });

  it("nothing of an address that was there before is left", () => {
    const bytes = room();
    writeSocketAddress({ kind: "unix", path: `/${"x".repeat(100)}` }, bytes);
    writeSocketAddress(tcp("127.0.0.1"), bytes);
    assert.ok(bytes.subarray(8, 16).every((byte) => byte === 0));
  });
});
