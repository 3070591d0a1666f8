import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { incomplete, malformed } from "../../../src/core/wire/head-limits.ts";
import { HeaderId } from "../../../src/core/wire/header-id.ts";
import { RequestParser } from "../../../src/core/wire/request-parser.ts";
import { bytesOf, eachByte, limits, WireReader, type Verdict } from "./read-wire.ts";

const host = "Host: a.example\r\n";

/** The verdict on a head, which must be the same byte by byte. */
function judge(text: string): Verdict {
  const bytes = bytesOf(text);
  const whole = new WireReader().request([bytes]);
  assert.deepEqual(new WireReader().request(eachByte(bytes)), whole, "byte by byte");
  return whole;
}

function parsed(text: string): RequestParser {
  const parser = new RequestParser(limits);
  const bytes = bytesOf(text);
  assert.equal(parser.read(bytes, 0, bytes.length, undefined), bytes.length, parser.reason);
  return parser;
}

/** A request of these fields, behind its line and Host. */
function withFields(...fields: string[]): string {
  return `GET / HTTP/1.1\r\n${host}${fields.map((field) => `${field}\r\n`).join("")}\r\n`;
}

function describeRefused(table: readonly (readonly [text: string, reason: string, fault?: string])[]): void {
  for (const [text, reason, fault = "request-malformed"] of table) {
    it(`${fault}, ${reason}: ${JSON.stringify(text)}`, () => {
      assert.deepEqual(judge(text), { verdict: "refused", fault, reason });
    });
  }
}

describe("RequestParser: what is in a request", () => {
  it("finds the parts of an origin target", () => {
    const { head } = parsed(`GET /a/b%20c?x=1&y HTTP/1.1\r\n${host}Accept:text/html\r\n\r\n`);
    assert.equal(head.method, "GET");
    assert.equal(head.target, "/a/b%20c?x=1&y");
    assert.equal(head.targetForm, "origin");
    assert.equal(head.text(head.pathStart, head.pathEnd), "/a/b%20c");
    assert.equal(head.text(head.queryStart, head.queryEnd), "x=1&y");
    assert.equal(head.hasQuery, true);
    assert.equal(head.authority, "a.example");
    assert.equal(head.minorVersion, 1);
    assert.equal(head.headerCount, 2);
    assert.deepEqual([head.name(1), head.value(1)], ["Accept", "text/html"]);
    assert.equal(head.find(HeaderId.accept), 1);
    assert.equal(head.find(HeaderId.cookie), -1);
    assert.equal(head.findName("accept"), 1);
  });

  it("finds the parts of an absolute target", () => {
    for (const [target, hosts, authority, hostname, path, query] of [
      ["http://A.example:8080/p?q", "a.EXAMPLE:8080", "A.example:8080", "A.example", "/p", "q"],
      ["http://a", "a", "a", "a", "", ""],
      ["http://a?q", "a:80", "a", "a", "", "q"],
      ["HTTP://a:80/", "a", "a:80", "a", "/", ""],
      ["https://a:443/", "a", "a:443", "a", "/", ""],
      ["httpS://[::1]/", "[::1]:443", "[::1]", "[::1]", "/", ""],
    ] as const) {
      const { head } = parsed(`GET ${target} HTTP/1.1\r\nHost: ${hosts}\r\n\r\n`);
      assert.equal(head.targetForm, "absolute");
      assert.equal(head.authority, authority);
      assert.equal(head.text(head.authorityStart, head.hostEnd), hostname);
      assert.equal(head.text(head.pathStart, head.pathEnd), path);
      assert.equal(head.text(head.queryStart, head.queryEnd), query);
    }
  });

  it("takes * for OPTIONS", () => {
    const { head } = parsed(`OPTIONS * HTTP/1.1\r\n${host}\r\n`);
    assert.equal(head.targetForm, "asterisk");
    assert.equal(head.pathStart, head.pathEnd);
  });

  it("knows an empty query from none", () => {
    assert.equal(parsed(`GET /? HTTP/1.1\r\n${host}\r\n`).head.hasQuery, true);
    assert.equal(parsed(`GET / HTTP/1.1\r\n${host}\r\n`).head.hasQuery, false);
  });

  it("knows methods by their exact name", () => {
    for (const method of ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]) {
      const { head } = parsed(`${method} / HTTP/1.1\r\n${host}\r\n`);
      assert.equal(head.isIdempotent, true, method);
      assert.equal(head.isHead, method === "HEAD");
    }
    for (const method of ["POST", "PATCH", "get", "Head", "GETS", "G", "M-SEARCH", "X".repeat(32), "CONNECTS"]) {
      const { head } = parsed(`${method} / HTTP/1.1\r\n${host}\r\n`);
      assert.equal(head.isIdempotent, false, method);
      assert.equal(head.isHead, false);
      assert.equal(head.method, method);
    }
  });

  it("takes in a path what the URL standard sends, and in a query all that prints", () => {
    const path = "/-._~!$&'()*+,;=:@[]|^%00%ff%Ff//../;x";
    let query = "";
    for (let octet = 33; octet < 127; octet++) if (octet !== 35) query += String.fromCharCode(octet);
    assert.equal(parsed(`GET ${path}?${query} HTTP/1.1\r\n${host}\r\n`).head.target, `${path}?${query}`);
  });

  it("trims values, keeps HTAB and obs-text in them, and takes empty ones", () => {
    const { head } = parsed(withFields("a: \t b\tc \t ", "d:", "e: \t", "f: \x80\xff"));
    assert.deepEqual([head.value(1), head.value(2), head.value(3), head.value(4)], ["b\tc", "", "", "\x80\xff"]);
  });

  it("skips one empty line before the request, and leaves what is behind it", () => {
    const parser = new RequestParser(limits);
    const text = `\r\nGET / HTTP/1.1\r\n${host}\r\n`;
    const bytes = bytesOf(`xx${text}GET`);
    assert.equal(parser.read(bytes, 2, bytes.length, undefined), 2 + text.length);
    assert.equal(parser.head.start, 4);
    assert.equal(parser.head.end, 2 + text.length);
  });

  it("tells a connection that is still idle", () => {
    const parser = new RequestParser(limits);
    for (const [text, isBlank] of [
      ["\r", true],
      ["\r\n", true],
      ["\r\nG", false],
      ["G", false],
    ] as const) {
      assert.equal(parser.read(bytesOf(text), 0, text.length, undefined), incomplete);
      assert.equal(parser.partial?.isBlank, isBlank);
    }
  });

  it("keeps nothing of the request before", () => {
    const parser = new RequestParser(limits);
    const first = bytesOf(
      "HEAD http://b/p?q HTTP/1.1\r\nHost: b\r\nConnection: close, upgrade\r\nUpgrade: x\r\nCookie: c\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n",
    );
    assert.equal(parser.read(first, 0, first.length, undefined), first.length);
    const second = bytesOf(`POST / HTTP/1.1\r\n${host}\r\n`);
    assert.equal(parser.read(second, 0, second.length, undefined), second.length);
    const fresh = parsed(`POST / HTTP/1.1\r\n${host}\r\n`).head;
    const { headers, ...rest } = parser.head;
    const { headers: freshHeaders, ...freshRest } = fresh;
    assert.deepEqual(rest, freshRest);
    assert.deepEqual(headers.subarray(0, 5), freshHeaders.subarray(0, 5));
  });
});

describe("RequestParser: framing and connection", () => {
  for (const [fields, framing] of [
    [[], "none"],
    [["Content-Length: 0"], "length 0"],
    [["content-length:\t12 "], "length 12"],
    [["Content-Length: 007"], "length 7"],
    [["Content-Length: 999999999999999"], "length 999999999999999"],
    [["Transfer-Encoding: chunked"], "chunked"],
    [["transfer-encoding: CHUNKED "], "chunked"],
  ] as const) {
    it(`${framing}: ${JSON.stringify(fields)}`, () => {
      const { head } = parsed(withFields(...fields));
      assert.equal(head.bodyKind === "length" ? `length ${head.contentLength}` : head.bodyKind, framing);
    });
  }

  for (const [version, connection, keepAlive] of [
    [1, [], true],
    [1, ["close"], false],
    [1, ["Close"], false],
    [1, ["keep-alive, close"], false],
    [1, ["keep-alive", "x , ,close"], false],
    [1, ["closed"], true],
    [0, [], false],
    [0, ["keep-alive"], true],
    [0, ["Keep-Alive, close"], false],
    [0, ["upgrade"], false],
  ] as const) {
    it(`HTTP/1.${version} with Connection ${JSON.stringify(connection)} ${keepAlive ? "goes on" : "ends"}`, () => {
      const fields = connection.map((value) => `Connection: ${value}\r\n`).join("");
      assert.equal(parsed(`GET / HTTP/1.${version}\r\n${host}${fields}\r\n`).head.keepAlive, keepAlive);
    });
  }

  for (const [version, fields, upgrade] of [
    [1, ["Connection: Upgrade", "Upgrade: websocket"], true],
    [1, ["Connection: keep-alive, upgrade", "Upgrade: websocket", "Content-Length: 0"], true],
    [1, ["Connection: upgrade"], false],
    [1, ["Upgrade: websocket"], false],
    [1, ["Connection: upgrade", "Upgrade: websocket", "Upgrade: h2c"], false],
    [1, ["Connection: upgrade", "Upgrade: websocket", "Content-Length: 1"], false],
    [1, ["Connection: upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked"], false],
    [0, ["Connection: upgrade", "Upgrade: websocket"], false],
  ] as const) {
    it(`HTTP/1.${version} ${JSON.stringify(fields)} ${upgrade ? "asks" : "does not ask"} for an upgrade`, () => {
      const text = fields.map((field) => `${field}\r\n`).join("");
      assert.equal(parsed(`GET / HTTP/1.${version}\r\n${host}${text}\r\n`).head.upgrade, upgrade);
    });
  }

  for (const [version, fields, expects] of [
    [1, ["Expect: 100-continue", "Content-Length: 1"], true],
    [1, ["Expect: 100-Continue", "Transfer-Encoding: chunked"], true],
    [1, ["Expect: 100-continue"], false],
    [1, ["Expect: 100-continue", "Content-Length: 0"], false],
    [0, ["Expect: 100-continue", "Content-Length: 1"], false],
    [1, ["Content-Length: 1"], false],
  ] as const) {
    it(`HTTP/1.${version} ${JSON.stringify(fields)} ${expects ? "waits" : "does not wait"} for 100`, () => {
      const text = fields.map((field) => `${field}\r\n`).join("");
      assert.equal(parsed(`PUT / HTTP/1.${version}\r\n${host}${text}\r\n`).head.expectsContinue, expects);
    });
  }

  it("tells what goes no further: the fixed fields, and those that Connection names", () => {
    const names = [
      ...["Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Upgrade"],
      ...["Proxy-Authenticate", "Proxy-Authorization", "X-Mine", "HTTP2-Settings"],
    ];
    const { head } = parsed(
      withFields(
        "Connection: x-MINE, te, http2-settings, absent, like~",
        ...names.slice(1).map((name) => `${name}: 1`),
        "X-Mine: 2",
        "X-Mine2: 1",
        "Like^: 1",
        "X-Min: 1",
        "Accept: a",
        "Sec-WebSocket-Key: a",
      ),
    );
    const dropped: string[] = [];
    const kept: string[] = [];
    for (let index = 0; index < head.headerCount; index++) {
      (head.isHopByHop(index) ? dropped : kept).push(head.name(index));
    }
    assert.deepEqual(dropped, [...names, "X-Mine"]);
    assert.deepEqual(kept, ["Host", "X-Mine2", "Like^", "X-Min", "Accept", "Sec-WebSocket-Key"]);
  });

  for (const hosts of ["a", "a.b-c_d~", "a.", "127.0.0.1:1", "A:65535", "[::1]:8080", "[1:2:3:4:5:6:7:8]"]) {
    it(`takes the host ${hosts}`, () =>
      assert.equal(parsed(`GET / HTTP/1.1\r\nHost: ${hosts}\r\n\r\n`).head.authority, hosts));
  }
  for (const hosts of [
    "[1::]",
    "[::]",
    "[::ffff:10.0.0.1]",
    "[1:2:3:4:5:6:1.2.3.255]",
    "[1:2:3:4:5:6:7::]",
    "[::2:3:4:5:6:7:8]",
    "[::3:4:5:6:7:1.2.3.4]",
  ]) {
    it(`takes the host ${hosts}`, () =>
      assert.equal(parsed(`GET / HTTP/1.1\r\nHost: ${hosts}\r\n\r\n`).head.authority, hosts));
  }

  it("does without Host in HTTP/1.0", () => {
    assert.equal(parsed("GET / HTTP/1.0\r\n\r\n").head.authority, "");
    assert.equal(parsed("GET http://b/ HTTP/1.0\r\n\r\n").head.authority, "b");
    assert.equal(parsed("GET / HTTP/1.0\r\nHost: c\r\n\r\n").head.authority, "c");
  });
});

describe("RequestParser refuses", () => {
  const line = "malformed request line";
  describeRefused([
    ["\x16\x03\x01\x02\x00", "not a request"],
    ["\0", "not a request"],
    [" GET / HTTP/1.1\r\n", "not a request"],
    ["\r\n\r\nGET / HTTP/1.1\r\n", "not a request"],
    ["\rGET / HTTP/1.1\r\n", "bare carriage return"],
    ["\nGET / HTTP/1.1\r\n", "not a request"],
    ["GE(T", "not a request"],
    ["GET\t/ HTTP/1.1\r\n", "not a request"],
    ["GET\r\n", "not a request"],
    ["X".repeat(33), "method too long"],
    ["GET  / HTTP/1.1\r\n", "invalid target"],
    ["GET /\r\n", "invalid octet in the target"],
    ["GET /  HTTP/1.1\r\n", line],
    ["GET / http/1.1\r\n", line],
    ["GET / HTTP/1.1 \r\n", line],
    ["GET / HTTP/1.1\n", line],
    ["GET / HTTP/1.1\r\r\n", line],
    ["GET / HTTP/1.10\r\n", line],
    ["GET / HTTP/01.1\r\n", line],
    ["GET / HTTP/1,1\r\n", line],
    ["GET / HTTP/1.x\r\n", line],
    ["GET / HTTPS/1.1\r\n", line],
    ["GET / FOO HTTP/1.1\r\n", line],
    ["GET / HTTP/1.2\r\n", "unknown version", "version-unknown"],
    ["GET / HTTP/0.9\r\n", "unknown version", "version-unknown"],
    ["GET / HTTP/2.0\r\n", "unknown version", "version-unknown"],
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "unknown version", "version-unknown"],
    ["GET * HTTP/1.1\r\n", "* is for OPTIONS only"],
    ["OPTIONS *?x HTTP/1.1\r\n", "invalid target"],
    ["OPTIONS */x HTTP/1.1\r\n", "invalid target"],
    ["CONNECT a:443 HTTP/1.1\r\n", "CONNECT", "not-implemented"],
    ["CONNECT [::1]:443 HTTP/1.1\r\n", "CONNECT", "not-implemented"],
    ["CONNECT a HTTP/1.1\r\n", "invalid target"],
    ["CONNECT / HTTP/1.1\r\n", "invalid target"],
    ["CONNECT a:443/ HTTP/1.1\r\n", "invalid target"],
    ["CONNECT http://a/ HTTP/1.1\r\n", "invalid authority in the target"],
    ["GET a:443 HTTP/1.1\r\n", "invalid target"],
    ["GET a HTTP/1.1\r\n", "invalid target"],
    ["GET http:/a HTTP/1.1\r\n", "invalid target"],
    ["GET ftp://a/ HTTP/1.1\r\n", "invalid target"],
    ["GET httpx://a/ HTTP/1.1\r\n", "invalid target"],
    ["GET http:// HTTP/1.1\r\n", "invalid authority in the target"],
    ["GET http:///p HTTP/1.1\r\n", "invalid authority in the target"],
    ["GET http://u@a/ HTTP/1.1\r\n", "userinfo in the target"],
    ["GET http://u:p@a/ HTTP/1.1\r\n", "userinfo in the target"],
    ["GET http://a:b/ HTTP/1.1\r\n", "invalid authority in the target"],
    ["GET http://a%20/ HTTP/1.1\r\n", "invalid octet in the target"],
    ["GET http://a#f HTTP/1.1\r\n", "invalid octet in the target"],
    ["GET http://a\\b/ HTTP/1.1\r\n", "invalid octet in the target"],
    ...["#", "\\", '"', "<", ">", "`", "{", "}", "\0", "\x7f", "\x80", "\xff", "\t", "\n", "\r\n"].map(
      (octet) => [`GET /a${octet}b HTTP/1.1\r\n`, "invalid octet in the target"] as const,
    ),
    ...["#", "\0", "\x7f", "\x80", "\xff", "\t", "\n", "\r\n"].map(
      (octet) => [`GET /?a${octet}b HTTP/1.1\r\n`, "invalid octet in the target"] as const,
    ),
    ...["%", "%2", "%2g", "%g2", "%%20", "%u0041"].map(
      (escape) => [`GET /a${escape}/ HTTP/1.1\r\n`, "invalid escape in the path"] as const,
    ),
  ]);

  describeRefused([
    [withFields(" a: b"), "folded field"],
    [withFields("\ta: b"), "folded field"],
    [withFields("a: b", " c"), "folded field"],
    [`GET / HTTP/1.1\r\n ${host}\r\n`, "folded field"],
    [withFields("a : b"), "white space before colon"],
    [withFields("a\t: b"), "white space before colon"],
    [withFields(": b"), "field without name"],
    [withFields("a"), "field without colon"],
    [withFields("a\n"), "field without colon"],
    [withFields("a\0: b"), "invalid octet in a field name"],
    [withFields("a\x80: b"), "invalid octet in a field name"],
    [withFields("a(b: b"), "invalid octet in a field name"],
    [withFields("a/b: b"), "invalid octet in a field name"],
    [withFields("(: b"), "invalid octet in a field name"],
    [withFields("\x80: b"), "invalid octet in a field name"],
    [withFields("a: b\0"), "invalid octet in a field value"],
    [withFields("a: \x01"), "invalid octet in a field value"],
    [withFields("a: \x7f"), "invalid octet in a field value"],
    [withFields("a: \x0b"), "invalid octet in a field value"],
    [withFields("a: b\rc: d"), "bare carriage return"],
    [withFields("a: b\r"), "bare carriage return"],
    [withFields("a: b\nc: d"), "bare line feed"],
    [`GET / HTTP/1.1\r\n${host}\n`, "bare line feed"],
    [`GET / HTTP/1.1\r\n${host}\rX`, "bare carriage return"],
    [`GET / HTTP/1.1\r\n${host}\r\r\n`, "bare carriage return"],
  ]);

  describeRefused([
    ["GET / HTTP/1.1\r\n\r\n", "no host"],
    ["GET http://a/ HTTP/1.1\r\n\r\n", "no host"],
    [withFields("Host: a.example"), "two host"],
    ["GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n", "two host"],
    ...[
      ...["", " ", "a,b", "a b", "u@a", "a/", "a/b", "a?b", "a#b", "a:", "a:b", "a:1:2", "a:65536", "a:000080", ":80"],
      ...[
        "a%41",
        "a!",
        "(a)",
        "a\\b",
        "a\x80",
        "[",
        "[]",
        "[::1",
        "[::1]a",
        "[::1]:",
        "[g::]",
        "[1:2]",
        "[:1]",
        "[::1::]",
      ],
      ...[
        "[12345::]",
        "[1:2:3:4:5:6:7:8:9]",
        "[::1.2.3]",
        "[::1.2.3.256]",
        "[::01.2.3.4]",
        "[fe80::1%eth0]",
        "[1g::1]",
        "[1-2:3:4:5:6:7:8]",
        "[::1.2.3-4]",
        "[::1.2.3.]",
        "[v1.a]",
      ],
      ...[
        "[1:2:3:4:5:6:7:1.2.3.4]",
        "[1:2:3:4:5:6:7:8::]",
        "[:::1]",
        "[1:2:3:4:5:6:7:]",
        "::1",
        "a;b",
        "[::1.2.3.4.5]",
      ],
    ].map((value) => [`GET / HTTP/1.1\r\nHost: ${value}\r\n\r\n`, "invalid host"] as const),
    ...["b", "a.example:81", "a.example.", "a.example:443", "xa.example"].map(
      (value) =>
        [`GET http://a.example/ HTTP/1.1\r\nHost: ${value}\r\n\r\n`, "host is not that of the target"] as const,
    ),
    [`GET https://a.example/ HTTP/1.1\r\nHost: a.example:80\r\n\r\n`, "host is not that of the target"],
  ]);

  const lengths = ["", "+5", "-0", "0x5", "1_0", "5, 5", "5 5", "5,", "1e1", "5.0", "\x35\x80", "1".repeat(16)];
  const codings: readonly (readonly [value: string, reason: string, fault?: string])[] = [
    ...[
      "",
      "xchunked",
      "chunkedx",
      "identity",
      "gzip",
      ",chunked",
      "chunked,",
      "chunked, chunked",
      "chunked, gzip",
    ].map((value) => [value, "invalid transfer-encoding"] as const),
    ...[
      "chunked;a=b",
      "gzip;q=1, chunked",
      '"chunked"',
      "gzip chunked",
      "gzip,,chunked",
      "chunked\x80",
      "chunked identity",
    ].map((value) => [value, "invalid transfer-encoding"] as const),
    ["gzip, chunked", "unknown transfer coding", "not-implemented"],
    ["identity,chunked", "unknown transfer coding", "not-implemented"],
    ["gzip\t,\tdeflate , CHUNKED", "unknown transfer coding", "not-implemented"],
  ];
  describeRefused([
    ...lengths.map((value) => [withFields(`Content-Length: ${value}`), "invalid content-length"] as const),
    ...codings.map(
      ([value, reason, fault = "request-malformed"]) =>
        [withFields(`Transfer-Encoding: ${value}`), reason, fault] as const,
    ),
    [withFields("Content-Length: 5", "Content-Length: 5"), "two content-length"],
    [withFields("Content-Length: 5", "content-length: 6"), "two content-length"],
    [withFields("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"), "two transfer-encoding"],
    [withFields("Transfer-Encoding: gzip", "Transfer-Encoding: chunked"), "two transfer-encoding"],
    [withFields("Content-Length: 5", "Transfer-Encoding: chunked"), "content-length and transfer-encoding"],
    [withFields("Transfer-Encoding: gzip", "Content-Length: 0"), "content-length and transfer-encoding"],
    [`POST / HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n`, "transfer-encoding in HTTP/1.0"],
    [withFields("Expect: 200-ok"), "unknown expectation", "expectation-unknown"],
    [withFields("Expect:"), "unknown expectation", "expectation-unknown"],
    [withFields("Expect: 100-continue", "Expect: x"), "unknown expectation", "expectation-unknown"],
    [withFields("Expect: 100-continue, 100-continue"), "unknown expectation", "expectation-unknown"],
  ]);

  const endToEnd = [
    ...[
      "Host",
      "content-length",
      "Transfer-Encoding",
      "X-Forwarded-For",
      "x-forwarded-new",
      "X-Forwarded-",
      "Forwarded",
      "X-Real-IP",
    ],
    ...["Authorization", "Cookie", "Via", "Cache-Control", "x-request-id", "traceparent", "Accept", "Content-Type"],
  ];
  describeRefused([
    ...endToEnd.map(
      (name) => [withFields(`Connection: close, ${name}`), "connection names an end-to-end field"] as const,
    ),
    ...["close;x", "close x", '"close"', "close, (", "\x80", Array.from({ length: 17 }, () => "x").join()].map(
      (value) => [withFields(`Connection: ${value}`), "invalid connection"] as const,
    ),
  ]);

  const aliases = [
    ...["X_Forwarded_For", "x-forwarded_proto", "X_Forwarded-Anything", "X_Real_IP", "x_request_id", "Content_Length"],
    ...[
      "transfer_encoding",
      "Keep_Alive",
      "Max_Forwards",
      "x_forwarded_prefix",
      "Proxy_Connection",
      "proxy_authorization",
    ],
  ];
  describeRefused(aliases.map((name) => [withFields(`${name}: 1`), "underscores in a field name"] as const));

  it("takes other names with underscores", () => {
    parsed(withFields("my_field: 1", "user_agent: 1", "x_forwarded: 1", "_: 1", `${"a_".repeat(40)}: 1`));
  });
});

describe("RequestParser: limits", () => {
  const small = { maxLineBytes: 40, maxHeadBytes: 120, maxHeaders: 4 };
  const read = (text: string): Verdict => {
    const bytes = bytesOf(text);
    const whole = new WireReader(small).request([bytes]);
    assert.deepEqual(new WireReader(small).request(eachByte(bytes)), whole, "byte by byte");
    return whole;
  };
  const target = (length: number): string => `GET /${"a".repeat(length - 14)} HTTP/1.1\r\nHost: a\r\n\r\n`;
  const field = (length: number): string => `GET / HTTP/1.1\r\nHost: a\r\nb: ${"c".repeat(length - 3)}\r\n\r\n`;

  it("of a request line", () => {
    assert.equal(read(target(40)).verdict, "whole");
    const tooLong = { verdict: "refused", fault: "target-too-long", reason: "request line too long" };
    assert.deepEqual(read(target(41)), tooLong);
    assert.deepEqual(read(`GET /?${"a".repeat(100)}`), tooLong);
    assert.deepEqual(read(`GET http://${"a".repeat(100)}`), tooLong);
  });

  it("of a field", () => {
    assert.equal(read(field(40)).verdict, "whole");
    const tooLong = { verdict: "refused", fault: "head-too-large", reason: "field too long" };
    assert.deepEqual(read(field(41)), tooLong);
    assert.deepEqual(read(`GET / HTTP/1.1\r\n${"a".repeat(50)}`), tooLong);
  });

  it("of the number of fields", () => {
    const fields = (count: number): string => `GET / HTTP/1.1\r\nHost: a\r\n${"b:\r\n".repeat(count - 1)}\r\n`;
    assert.equal(read(fields(4)).verdict, "whole");
    assert.deepEqual(read(fields(5)), { verdict: "refused", fault: "head-too-large", reason: "too many fields" });
  });

  it("of the whole head, with or without an empty line before it", () => {
    const head = (length: number): string => {
      const start = `GET / HTTP/1.1\r\nHost: a\r\nb: ${"c".repeat(30)}\r\nd: ${"e".repeat(30)}\r\nf: `;
      return `${start}${"g".repeat(length - start.length - 4)}\r\n\r\n`;
    };
    assert.equal(read(head(120)).verdict, "whole");
    assert.equal(read(`\r\n${head(120)}`).verdict, "whole");
    const tooLarge = { verdict: "refused", fault: "head-too-large", reason: "head too large" };
    assert.deepEqual(read(head(121)), tooLarge);
    assert.deepEqual(read(`\r\n${head(121)}`), tooLarge);
  });

  it("of what is kept", () => {
    const reader = new WireReader(small);
    const chunk = bytesOf(`GET / HTTP/1.1\r\nHost: a\r\nb: c`);
    assert.equal(reader.request([chunk, new Uint8Array(1_000_000).fill(97)]).verdict, "refused");
    assert.ok(reader.mostKept <= 256 + 2 * 122, `${reader.mostKept}`);
  });
});

describe("RequestParser: heads in pieces", () => {
  it("serves two connections in turn", () => {
    const parser = new RequestParser(limits);
    const one = bytesOf(`GET /one HTTP/1.1\r\n${host}A: ${"1".repeat(3000)}\r\n\r\nrest`);
    const two = bytesOf(`POST /two HTTP/1.0\r\nB: 2\r\nContent-Length: 3\r\n\r\n`);
    assert.equal(parser.read(one, 0, 30, undefined), incomplete);
    const ofOne = parser.partial;
    assert.equal(parser.read(two, 0, 25, undefined), incomplete);
    const ofTwo = parser.partial;
    assert.notEqual(ofOne, ofTwo);
    assert.equal(parser.read(one, 30, one.length, ofOne), one.length - 4);
    assert.equal(parser.partial, undefined);
    assert.equal(parser.head.target, "/one");
    assert.equal(parser.head.value(1).length, 3000);
    assert.equal(parser.read(two, 25, two.length, ofTwo), two.length);
    assert.equal(parser.head.target, "/two");
    assert.equal(parser.head.contentLength, 3);
  });

  it("goes on after nothing came", () => {
    const parser = new RequestParser(limits);
    const bytes = bytesOf(`GET / HTTP/1.1\r\n${host}\r\n`);
    assert.equal(parser.read(bytes, 0, 0, undefined), incomplete);
    assert.equal(parser.read(bytes, 0, 0, parser.partial), incomplete);
    assert.equal(parser.read(bytes, 0, bytes.length, parser.partial), bytes.length);
  });

  it("looks at little again, when 16 KiB come byte by byte", () => {
    const parser = new RequestParser(limits);
    const value = "a b;c".repeat(1500);
    const bytes = bytesOf(
      `GET /${value.replaceAll(" ", "")} HTTP/1.1\r\n${host}b: ${value}\r\n${value.slice(0, 1)}: c\r\n\r\n`,
    );
    let looked = 0;
    let position: number = incomplete;
    for (let at = 0; at < bytes.length; at++) {
      const { partial } = parser;
      const before =
        partial?.plain?.[bytes[at] as number] === 1 ? 0 : (partial?.length ?? 0) - (partial?.lineStart ?? 0);
      looked += before + 1;
      position = parser.read(bytes, at, at + 1, partial);
    }
    assert.equal(position, bytes.length);
    // The value alone would be 28 million.
    assert.ok(looked < 8 * bytes.length, `${looked}`);
  });

  it("is done with what is malformed", () => {
    const parser = new RequestParser(limits);
    assert.equal(parser.read(bytesOf("GET /"), 0, 5, undefined), incomplete);
    assert.equal(parser.read(bytesOf("#"), 0, 1, parser.partial), malformed);
    assert.equal(parser.partial, undefined);
  });
});
