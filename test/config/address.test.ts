import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseAddress } from "../../src/config/address.ts";
import { parseHost, parseIp } from "../../src/config/host.ts";
import { canonicalIp, parseIPv6 } from "../../src/config/ip.ts";
import { formatAddress } from "../../src/core/runtime/address.ts";

describe("parseAddress()", () => {
  const good: readonly (readonly [string, string])[] = [
    ["127.0.0.1:80", "127.0.0.1:80"],
    ["0.0.0.0:0", "0.0.0.0:0"],
    ["[::1]:80", "[::1]:80"],
    ["[0:0:0:0:0:0:0:1]:80", "[::1]:80"],
    ["[FD00::A]:80", "[fd00::a]:80"],
    ["[::ffff:10.0.0.1]:80", "[::ffff:10.0.0.1]:80"],
    ["localhost:80", "localhost:80"],
    ["DB-1.Internal.:65535", "db-1.internal.:65535"],
    ["my_service:80", "my_service:80"],
    [":8080", "[::]:8080"],
    ["*:8080", "[::]:8080"],
    ["unix:/run/a.sock", "unix:/run/a.sock"],
    ["unix:@abstract", "unix:@abstract"],
    ["unix:/run/a:b.sock", "unix:/run/a:b.sock"],
  ];
  for (const [text, formatted] of good) {
    it(`reads ${text}`, () => {
      const read = parseAddress(text);
      assert.ok(read.ok);
      assert.equal(formatAddress(read.value), formatted);
    });
  }

  it("refuses for an endpoint what can only be listened on", () => {
    for (const text of [":80", "*:80", "0.0.0.0:80", "[::]:80", "[0::0]:80", "10.0.0.1:0"]) {
      assert.equal(parseAddress(text, "listener").ok, true, text);
      assert.equal(parseAddress(text, "endpoint").ok, false, text);
    }
  });

  it("refuses what only looks like an address", () => {
    const texts = [
      "127.0.0.1:080",
      "127.0.0.1:+80",
      "127.0.0.1:8e1",
      "127.0.0.1:",
      "[::1]80",
      "[::1]:",
      "[]:80",
      "[:::]:80",
      "[1::2::3]:80",
      "[12345::]:80",
      "[1:2:3:4:5:6:7:8:9]:80",
      "[1:2:3:4:5:6:7]:80",
      "[1:2:3:4:5:6:7::8]:80",
      "a..b:80",
      ".a:80",
      "-a:80",
      "a-:80",
      "0x7f.1:80",
      "1:80",
      "user@a:80",
      "é:80",
      `${"a".repeat(64)}:80`,
      `${"a.".repeat(127)}a:80`,
      "unix:",
      "unix:@",
      "unix://run/a",
      "unix:a",
      "unix:/a\0b",
      "127.0.0.1.5:80",
      "a:b:80",
    ];
    for (const text of texts) assert.equal(parseAddress(text).ok, false, text);
  });

  it("reads back what formatAddress() writes", () => {
    const port = fc.nat(65_535);
    const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
    fc.assert(
      fc.property(host, port, (name, number) => {
        const text = name.includes(":") ? `[${name}]:${number}` : `${name}:${number}`;
        const first = parseAddress(text);
        assert.ok(first.ok, text);
        const second = parseAddress(formatAddress(first.value));
        assert.deepEqual(second, first);
      }),
    );
  });

  it("never throws, and says what is wrong in one line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const read = parseAddress(text);
        if (!read.ok) assert.match(read.mistake.what, /^[A-Z"][^\n\r]*$/);
      }),
    );
  });
});

describe("canonicalIp()", () => {
  it("spells IPv6 the way URLs do", () => {
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        const spelled = canonicalIp(ip);
        assert.ok(spelled !== undefined, ip);
        const back = parseIPv6(spelled);
        assert.deepEqual(back, parseIPv6(ip));
        // A URL writes the IPv4 end of a mapped address in hexadecimal, and Bun's refuses some that end in IPv4.
        if (!spelled.includes(".") && !ip.includes("."))
          assert.equal(new URL(`http://[${ip}]`).hostname, `[${spelled}]`);
      }),
    );
  });

  it("shortens the longest run of zeros, the first of equals, never a single one", () => {
    assert.equal(canonicalIp("1:0:0:2:0:0:0:3"), "1:0:0:2::3");
    assert.equal(canonicalIp("1:0:0:2:3:0:0:4"), "1::2:3:0:0:4");
    assert.equal(canonicalIp("1:0:2:3:4:5:6:7"), "1:0:2:3:4:5:6:7");
    assert.equal(canonicalIp("::"), "::");
    assert.equal(canonicalIp("1::"), "1::");
  });
});

describe("parseHost() and parseIp()", () => {
  it("tell names from literals", () => {
    assert.deepEqual(parseHost("Web"), { ok: true, value: "web" });
    assert.equal(parseIp("web").ok, false);
    assert.deepEqual(parseIp("::0001"), { ok: true, value: "::1" });
    assert.equal(parseIp("10.0.0.1:80").ok, false);
    assert.equal(parseIp("10.0.0").ok, false);
  });
});
