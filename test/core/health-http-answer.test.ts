import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HttpAnswer } from "../../src/core/health/http-answer.ts";
import { TextSearch } from "../../src/core/health/text-search.ts";
import type { HttpHealthSettings } from "../../src/core/server/settings.ts";

const get: HttpHealthSettings = { method: "GET", path: "/", headers: {}, statuses: [[200, 299]] };
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** The result of an answer that comes in pieces, FIN at the end. */
function read(pieces: readonly Uint8Array[], settings: HttpHealthSettings): string {
  const answer = new HttpAnswer(settings);
  for (const piece of pieces) {
    const result = answer.feed(piece);
    if (result !== undefined) return result;
  }
  return answer.end();
}

/** The result in one piece and byte by byte, which must be the same. */
function judge(text: string, settings: Partial<HttpHealthSettings> = {}): string {
  const all = { ...get, ...settings };
  const whole = read([bytes(text)], all);
  const split = read(
    Array.from(bytes(text), (byte) => Uint8Array.of(byte)),
    all,
  );
  assert.equal(split, whole, "byte by byte as in one piece");
  return whole;
}

const body = "alive";
const ok = "HTTP/1.1 200 OK\r\n";

describe("HttpAnswer", () => {
  const cases: readonly (readonly [
    what: string,
    text: string,
    result: string,
    settings?: Partial<HttpHealthSettings>,
  ])[] = [
    ["the status is in the range", `${ok}\r\n`, "ok"],
    ["there is no reason", "HTTP/1.1 204\r\n\r\n", "ok"],
    ["it is HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\n", "ok"],
    ["a header is within 16 KiB", `${ok}x: ${"y".repeat(16_000)}\r\n\r\n`, "ok"],
    ["the head is within 64 KiB", `${ok}${`x: ${"y".repeat(16_000)}\r\n`.repeat(4)}\r\n`, "ok"],
    ["the status is another", "HTTP/1.1 503 Service Unavailable\r\n\r\n", "status 503"],
    [
      "the status is in a second range",
      "HTTP/1.1 404 No\r\n\r\n",
      "ok",
      {
        statuses: [
          [200, 200],
          [400, 404],
        ],
      },
    ],
    [
      "the status is between the ranges",
      "HTTP/1.1 301 No\r\n\r\n",
      "status 301",
      {
        statuses: [
          [200, 200],
          [400, 404],
        ],
      },
    ],
    ["interim answers come first", `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nlink: x\r\n\r\n${ok}\r\n`, "ok"],
    ["as many interim answers come as may", `${"HTTP/1.1 100 C\r\n\r\n".repeat(64)}${ok}\r\n`, "ok"],
    ["the interim answer is all there is", "HTTP/1.1 100 Continue\r\n\r\n", "closed early"],
    ["a bad status follows an interim one", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 500 E\r\n\r\n", "status 500"],
    ["it switches protocols unasked", "HTTP/1.1 101 Switching Protocols\r\n\r\n", "status 101"],

    ["nothing comes", "", "closed early"],
    ["the head is cut", `${ok}server: x\r\n`, "closed early"],
    ["it is SSH", "SSH-2.0-OpenSSH_9.6\r\n", "not http"],
    ["it is a TLS alert", "\x15\x03\x01\x00\x02\x02\x46", "not http"],
    ["it is HTTP/2", "\x00\x00\x12\x04\x00\x00\x00\x00\x00", "not http"],
    ["it is an unknown version", "HTTP/1.2 200 OK\r\n\r\n", "not http"],
    ["the status has no three digits", "HTTP/1.1 20 OK\r\n\r\n", "not http"],
    ["the status begins with 0", "HTTP/1.1 020 OK\r\n\r\n", "not http"],
    ["the status line is padded", "HTTP/1.1  200 OK\r\n\r\n", "not http"],
    ["a header has no colon", `${ok}server\r\n\r\n`, "not http"],
    ["a header has no name", `${ok}: x\r\n\r\n`, "not http"],
    ["there is space before the colon", `${ok}server : x\r\n\r\n`, "not http"],
    ["a header is folded", `${ok}server: x\r\n y\r\n\r\n`, "not http"],
    ["there is a CR within a line", `${ok}server: x\ry: z\r\n\r\n`, "not http"],
    ["an interim answer has a length", `HTTP/1.1 103 Hints\r\ncontent-length: 9\r\n\r\n${ok}\r\n`, "not http"],
    ["lines end without CR", "HTTP/1.0 200 OK\nserver: x\n\n", "not http"],
    ["the status is none", "HTTP/1.1 600 OK\r\n\r\n", "not http"],
    ["the head is over 64 KiB", `${ok}${`x: ${"y".repeat(16_000)}\r\n`.repeat(5)}\r\n`, "head too long"],
    ["there are over 200 headers", `${ok}${"x: y\r\n".repeat(201)}\r\n`, "head too long"],
    ["one line is over 16 KiB", `${ok}x: ${"y".repeat(17_000)}`, "head too long"],
    ["the status line does not end", `HTTP/1.1 200 ${"y".repeat(17_000)}`, "head too long"],
    ["interim answers do not end", "HTTP/1.1 100 C\r\n\r\n".repeat(1000), "not http"],
    ["lengths contradict", `${ok}content-length: 1\r\ncontent-length: 2\r\n\r\n`, "not http"],
    ["the same length comes twice", `${ok}content-length: 1\r\nContent-Length: 1\r\n\r\n`, "not http"],
    ["a length is no number", `${ok}content-length: +1\r\n\r\n`, "not http"],
    ["a length is a list", `${ok}content-length: 1, 1\r\n\r\n`, "not http"],
    ["there is a length with chunks", `${ok}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n`, "not http"],
    ["the coding is another", `${ok}transfer-encoding: gzip, chunked\r\n\r\n`, "not http"],
    ["the coding comes twice", `${ok}transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n`, "not http"],

    ["the sized body has the text", `${ok}content-length: 9\r\n\r\n<<alive>>`, "ok", { body }],
    ["the body to the end has the text", `${ok}\r\n<<alive`, "ok", { body }],
    ["the chunked body has the text", `${ok}Transfer-Encoding: Chunked\r\n\r\n5\r\nalive\r\n0\r\n\r\n`, "ok", { body }],
    [
      "the text is spread over chunks",
      `${ok}transfer-encoding: chunked\r\n\r\n3;x=y\r\nali\r\nA\r\nve\n345678\r\n`,
      "ok",
      { body },
    ],
    [
      "what looks like the text is a chunk's frame",
      `${ok}transfer-encoding: chunked\r\n\r\n2\r\nal\r\n4\r\nxive\r\n0\r\n\r\n`,
      "body does not match",
      { body },
    ],
    ["the text is in the head only", `${ok}x: alive\r\n\r\ndead`, "body does not match", { body }],
    [
      "the text is in an extension only",
      `${ok}transfer-encoding: chunked\r\n\r\n1;alive\r\nx\r\n0\r\n\r\n`,
      "body does not match",
      { body },
    ],
    [
      "the text is in a trailer only",
      `${ok}transfer-encoding: chunked\r\n\r\n0\r\nx: alive\r\n\r\n`,
      "body does not match",
      { body },
    ],
    ["the text comes after the length", `${ok}content-length: 3\r\n\r\naliveandwell`, "body does not match", { body }],
    ["there is no body", `${ok}content-length: 0\r\n\r\n`, "body does not match", { body }],
    ["there can be no body: 204", "HTTP/1.1 204 No\r\n\r\nalive", "body does not match", { body }],
    ["there can be no body: HEAD", `${ok}content-length: 5\r\n\r\n`, "body does not match", { body, method: "HEAD" }],
    ["the sized body is cut", `${ok}content-length: 9\r\n\r\n<<al`, "closed early", { body }],
    ["the chunked body is cut", `${ok}transfer-encoding: chunked\r\n\r\n5\r\nali`, "closed early", { body }],
    ["a chunk's size is none", `${ok}transfer-encoding: chunked\r\n\r\n-5\r\nalive\r\n`, "not http", { body }],
    [
      "white space follows a chunk's size",
      `${ok}transfer-encoding: chunked\r\n\r\n5 \r\nalive\r\n`,
      "not http",
      { body },
    ],
    ["a chunk's size has a sign of C", `${ok}transfer-encoding: chunked\r\n\r\n0x5\r\nalive\r\n`, "not http", { body }],
    [
      "a chunk's size does not end",
      `${ok}transfer-encoding: chunked\r\n\r\n1;${"x".repeat(2000)}`,
      "not http",
      { body },
    ],
    [
      "a chunk does not end where it says",
      `${ok}transfer-encoding: chunked\r\n\r\n2\r\nalive\r\n`,
      "not http",
      { body },
    ],
    ["the text is just within 64 KiB", `${ok}\r\n${"x".repeat(65_531)}alive`, "ok", { body }],
    ["the text is beyond 64 KiB", `${ok}\r\n${"x".repeat(65_532)}alive`, "body does not match", { body }],
    [
      "the text is beyond 64 KiB of chunks",
      `${ok}transfer-encoding: chunked\r\n\r\n${`400\r\n${"x".repeat(1024)}\r\n`.repeat(64)}5\r\nalive\r\n`,
      "body does not match",
      { body },
    ],
  ];
  for (const [what, text, result, settings] of cases) {
    it(`${what}: ${result}`, () => assert.equal(judge(text, settings), result));
  }

  it("is certain as soon as can be", () => {
    const failed = new HttpAnswer(get);
    assert.equal(failed.feed(bytes("HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\n")), "status 503");
    const withBody = new HttpAnswer({ ...get, body });
    assert.equal(withBody.feed(bytes(`${ok}content-length: 1000\r\n\r\n<alive`)), "ok");
    const noMatch = new HttpAnswer({ ...get, body });
    assert.equal(noMatch.feed(bytes(`${ok}content-length: 4\r\n\r\ndead`)), "body does not match");
    const endless = new HttpAnswer({ ...get, body });
    assert.equal(endless.feed(bytes(`${ok}\r\n${"x".repeat(70_000)}`)), "body does not match");
    const tls = new HttpAnswer(get);
    assert.equal(tls.feed(bytes("\x15")), "not http");
  });

  it("keeps answers apart that come at the same time", () => {
    const one = new HttpAnswer(get);
    const other = new HttpAnswer(get);
    assert.equal(one.feed(bytes("HTTP/1.1 20")), undefined);
    assert.equal(other.feed(bytes("HTTP/1.1 503 No\r\nx: y")), undefined);
    assert.equal(one.feed(bytes("0 OK\r\n\r\n")), "ok");
    assert.equal(other.feed(bytes("\r\n\r\n")), "status 503");
  });

  it("finds a text that is not ASCII", () => {
    const settings = { ...get, body: "läuft ✓" };
    assert.equal(read([bytes(`${ok}\r\n`), new TextEncoder().encode("es läuft ✓!")], settings), "ok");
  });

  it("says the same however the answer is split", () => {
    const texts = cases.map(([, text, , settings]) => ({ text: bytes(text), settings: { ...get, ...settings } }));
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.array(fc.nat(200)), ({ text, settings }, sizes) => {
        const pieces: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          pieces.push(text.subarray(at, at + size));
          at += size;
        }
        pieces.push(text.subarray(at));
        assert.equal(read(pieces, settings), read([text], settings));
      }),
    );
  });

  it("never throws, whatever comes", () => {
    const part = fc.constantFrom(
      ok,
      "\r\n",
      "\n",
      "0",
      "5\r\nalive",
      "transfer-encoding: chunked",
      "content-length: 5",
      ":",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ unit: "binary-ascii" }))), fc.boolean(), (parts, chunked) => {
        const start = chunked ? `${ok}transfer-encoding: chunked\r\n\r\n` : "";
        assert.equal(typeof judge(start + parts.join(""), { body }), "string");
      }),
    );
  });
});

describe("TextSearch", () => {
  it("finds what `includes` finds", () => {
    // Few letters: many beginnings of the text that go wrong.
    const letters = (maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom("a", "b"), maxLength });
    fc.assert(
      fc.property(letters(6), fc.array(letters(8)), (text, pieces) => {
        const search = new TextSearch(text);
        for (const piece of pieces) search.feed(bytes(piece));
        assert.equal(search.found, pieces.join("").includes(text));
      }),
      { numRuns: 2000 },
    );
  });
});
