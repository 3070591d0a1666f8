import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CanonicalPath, hasDotSegment, type PathPolicy } from "../../../src/core/route/canonical-path.ts";
import { lenient, requestHead, strict } from "./request.ts";

const merging: PathPolicy = { encodedSlashes: "reject", mergeSlashes: true };

/** The canonical path, or why it is refused. */
function canonical(target: string, policy: PathPolicy): string {
  const path = new CanonicalPath();
  const reason = path.set(requestHead({ target }), policy);
  return reason === "" ? path.text : `refused: ${reason}`;
}

const aboveRoot = "refused: path goes above the root";
const control = "refused: control byte in the path";
const slash = "refused: encoded slash in the path";
const backslash = "refused: encoded backslash in the path";
const percent = "refused: encoded percent sign in the path";
const overlong = "refused: overlong UTF-8 in the path";
const parameters = "refused: dot segment with parameters in the path";
const broken = "refused: escape without two hexadecimal digits in the path";

describe("CanonicalPath", () => {
  const table: readonly (readonly [path: string, expected: string])[] = [
    ["/", "/"],
    ["/a/b", "/a/b"],
    ["/a/b/", "/a/b/"],
    ["/A/b", "/A/b"],
    ["//", "//"],
    ["//a//b", "//a//b"],
    ["/-._~!$&'()*+,;=:@", "/-._~!$&'()*+,;=:@"],
    // Escapes: RFC 3986 section 6.2.2.
    ["/%41%7a%30%2D%5f%7E", "/Az0-_~"],
    ["/caf%c3%a9", "/caf%C3%A9"],
    ["/%3a%20%3f%23", "/%3A%20%3F%23"],
    ["/%3b", "/%3B"],
    ["/a%2", broken],
    ["/a%", broken],
    ["/a%2?b%2f", broken],
    ["/%zz", broken],
    ["/%u002e%u002e/", broken],
    ["/%4g", broken],
    // What may not stand in a URI is escaped, so that one path has one spelling.
    ['/a|b"c<d>e^f`g{h}i', "/a%7Cb%22c%3Cd%3Ee%5Ef%60g%7Bh%7Di"],
    ["/\xc3\xa9", "/%C3%A9"],
    // Dot segments: RFC 3986 section 5.2.4.
    ["/a/b/c/./../../g", "/a/g"],
    ["/.", "/"],
    ["/./", "/"],
    ["/./a", "/a"],
    ["/a/.", "/a/"],
    ["/a/./", "/a/"],
    ["/a/..", "/"],
    ["/a/../", "/"],
    ["/a/b/..", "/a/"],
    ["/a/b/../c", "/a/c"],
    ["/a//../b", "/a/b"],
    ["//..", "/"],
    ["/...", "/..."],
    ["/.../..", "/"],
    ["/.well-known/x", "/.well-known/x"],
    ["/..a/.b/c../d.", "/..a/.b/c../d."],
    ["/..", aboveRoot],
    ["/../", aboveRoot],
    ["/../a", aboveRoot],
    ["/a/../..", aboveRoot],
    ["/a/../../b", aboveRoot],
    ["/./..", aboveRoot],
    // Envoy CVE-2019-9901, CVE-2021-29492; Istio CVE-2021-31920; Traefik CVE-2025-66490; Apache CVE-2021-41773, -42013.
    ["/%2e", "/"],
    ["/%2E%2e", aboveRoot],
    ["/a/%2e%2e/b", "/b"],
    ["/a/.%2e/b", "/b"],
    ["/a/%2E./b", "/b"],
    ["/public/%2e%2e/admin", "/admin"],
    ["/cgi-bin/.%2e/.%2e/etc/passwd", aboveRoot],
    ["/cgi-bin/%%32%65%%32%65/etc", broken],
    ["/cgi-bin/%%32%65", broken],
    ["/a%2fb", slash],
    ["/a%2Fb", slash],
    ["/..%2fadmin", slash],
    ["/a%5cb", backslash],
    ["/a\\b", backslash],
    ["/..%5Cadmin", backslash],
    ["/%252e%252e/admin", percent],
    ["/%25", percent],
    ["/a%00", control],
    ["/a%00.html", control],
    ["/a%0d%0aX:%20y", control],
    ["/%0A", control],
    ["/%1f", control],
    ["/%7f", control],
    ["/a\x01", control],
    // Tomcat, Spring and others take parameters off before they resolve dots.
    ["/a/..;/b", parameters],
    ["/a/..;", parameters],
    ["/a/..;x=1/b", parameters],
    ["/a/.;/b", parameters],
    ["/a/%2e%2e;/b", parameters],
    ["/a/..%3b/b", parameters],
    ["/;/a", "/;/a"],
    ["/a;x=1/b", "/a;x=1/b"],
    ["/a/...;/b", "/a/...;/b"],
    // UTF-8 that is longer than it must be: IIS, CVE-2000-0884; Tomcat, CVE-2008-2938.
    ["/%c0%af", overlong],
    ["/%C0%AE%C0%AE/", overlong],
    ["/%c1%9c", overlong],
    ["/%e0%80%af", overlong],
    ["/%e0%9f%bf", overlong],
    ["/%f0%80%80%af", overlong],
    ["/%f8%80%80%80%af", overlong],
    ["/%fc%80%80%80%80%af", overlong],
    ["/%c0%2f", slash],
    // The shortest there are, and Latin-1.
    ["/%c2%80", "/%C2%80"],
    ["/%e0%a0%80", "/%E0%A0%80"],
    ["/%f0%90%80%80", "/%F0%90%80%80"],
    ["/%e9t%e9", "/%E9t%E9"],
    ["/%c0", "/%C0"],
    ["/%c0/%af", "/%C0/%AF"],
  ];
  for (const [path, expected] of table) {
    it(`${JSON.stringify(path)} is ${expected}`, () => assert.equal(canonical(path, strict), expected));
  }

  const kept: readonly (readonly [path: string, expected: string])[] = [
    ["/a%2fb%5c%25c", "/a%2Fb%5C%25c"],
    ["/..%2fadmin", "/..%2Fadmin"],
    ["/a/%252e%252e/b", "/a/%252e%252e/b"],
    ["/%c0%af", "/%C0%AF"],
    ["/a\\b", "/a%5Cb"],
    ["/a/%2e%2e/b", "/b"],
    ["/%00", control],
    ["/..;/", parameters],
    ["/..", aboveRoot],
  ];
  for (const [path, expected] of kept) {
    it(`${path} is ${expected} where escaped slashes are kept`, () => assert.equal(canonical(path, lenient), expected));
  }

  const merged: readonly (readonly [path: string, expected: string])[] = [
    ["//", "/"],
    ["///a//b///", "/a/b/"],
    ["/a//../b", "/b"],
    ["/a/..//b", "/b"],
    ["/a/.//b", "/a/b"],
    ["//..", aboveRoot],
    ["/a//%2e%2e//b", "/b"],
  ];
  for (const [path, expected] of merged) {
    it(`${path} is ${expected} where slashes are merged`, () => assert.equal(canonical(path, merging), expected));
  }

  it("of a target without a path is a slash", () => {
    for (const target of ["*", "http://example.com", "http://example.com?a=b"]) {
      assert.equal(canonical(target, strict), "/");
    }
    assert.equal(canonical("http://example.com/a/../b?c/..", strict), "/b");
  });

  it("is not copied when it is canonical already", () => {
    const head = requestHead({ target: "/api/v1/users?x=/../" });
    const path = new CanonicalPath();
    assert.equal(path.set(head, strict), "");
    assert.equal(path.bytes, head.bytes);
    assert.deepEqual([path.start, path.end], [head.pathStart, head.pathEnd]);
  });

  it("has room for a long path in which every byte is escaped", () => {
    for (const length of [100, 200, 10_000]) {
      const path = `/${"|".repeat(length)}`;
      assert.equal(canonical(path, strict), path.replaceAll("|", "%7C"));
    }
  });

  const pieces = ["/", "//", ".", "..", "%2e", "%2E", ";", "%3B", "a", "%61", "%2f", "%25", "%5c", "|", "%7c", "\xff"];
  const anyPath = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((all) => `/${all.join("")}`);
  const anyPolicy = fc.record({
    encodedSlashes: fc.constantFrom("keep" as const, "reject" as const),
    mergeSlashes: fc.boolean(),
  });

  it("stays as it is when it is made canonical again, and is nothing but what it may be", () => {
    fc.assert(
      fc.property(anyPath, anyPolicy, (target, policy) => {
        const once = canonical(target, policy);
        if (once.startsWith("refused")) return;
        assert.equal(canonical(once, policy), once);
        assert.match(once, /^\/(?:[\w\-.~!$&'()*+,;=:@/]|%[0-9A-F]{2})*$/);
        assert.doesNotMatch(once, /\/\.\.?(?:[/;]|%3B|$)/);
        if (policy.mergeSlashes) assert.doesNotMatch(once, /\/\//);
        if (policy.encodedSlashes === "reject") assert.doesNotMatch(once, /%2F|%5C|%25/);
        assert.equal(
          hasDotSegment(
            Uint8Array.from(once, (c) => c.charCodeAt(0)),
            0,
            once.length,
          ),
          false,
        );
      }),
      { numRuns: 5000 },
    );
  });

  it("is what the URL standard makes of it, where that refuses nothing", () => {
    const plain = fc.array(fc.constantFrom("/", "//", ".", "..", "%2e", "%2E", "a", "b"), { maxLength: 12 });
    fc.assert(
      fc.property(plain, (all) => {
        const target = `/${all.join("")}`;
        const found = canonical(target, strict);
        if (found.startsWith("refused")) return;
        // Which leaves escaped dots in other segments as they are.
        assert.equal(found, new URL(`http://h${target}`).pathname.replaceAll(/%2e/gi, "."));
      }),
      { numRuns: 5000 },
    );
  });
});

describe("hasDotSegment", () => {
  for (const [path, expected] of [
    ["/", false],
    ["/a.b/..c/...", false],
    ["/a/..", true],
    ["/./a", true],
    ["/..;/a", true],
    ["/a/..%3Bx", true],
    ["/a/..%2F", false],
    ["/a/b.", false],
    ["/a;..", false],
  ] as const) {
    it(`${path}: ${expected}`, () => {
      const bytes = Uint8Array.from(path, (character) => character.charCodeAt(0));
      assert.equal(hasDotSegment(bytes, 0, bytes.length), expected);
    });
  }
});
