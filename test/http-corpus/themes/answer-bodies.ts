import {
  answered,
  badAnswer,
  get,
  head,
  inOneChunk,
  seen,
  type Answer,
  type Case,
  type OriginAnswer,
  type Theme,
} from "../case.ts";

const ok = "HTTP/1.1 200 OK";
const chunked = "Transfer-Encoding: chunked";
const section = "RFC 9112 section 6.3";

/** The answer must not look whole. */
function cut(name: string, why: string, origin: OriginAnswer | string, more: Partial<Case> = {}): Case {
  return { ...answered(name, why, origin, { status: 200, truncated: true }, { closed: true }), ...more };
}

/** The framing is bad from its first byte: nothing of the answer was sent, or the client sees that it is not whole. */
function bad(name: string, why: string, ...lines: string[]): Case {
  return badAnswer(name, why, `${head(ok, ...lines)}hello`);
}

function toHead(name: string, why: string, origin: string, answer: Answer): Case {
  return answered(name, why, origin, answer, {
    send: head("HEAD / HTTP/1.1", "Host: a.test"),
    forwarded: seen("HEAD /"),
    methods: ["HEAD"],
  });
}

/** Bodies of answers: framed anew, or cut so that nobody takes them for whole. */
export const answerBodies: Theme = {
  name: "answers: bodies",
  profile: "bare",
  cases: [
    answered("a length", section, `${head(ok, "Content-Length: 5")}hello`, {
      status: 200,
      body: "hello",
      has: ["Content-Length: 5"],
    }),
    answered("chunks", section, `${head(ok, chunked)}${inOneChunk("hello")}`, {
      status: 200,
      body: "hello",
      has: [chunked],
    }),
    answered(
      "several chunks with extensions",
      "RFC 9112 section 7.1.1",
      `${head(ok, chunked)}2;a=b\r\nhe\r\n3\r\nllo\r\n0;x\r\n\r\n`,
      { status: 200, body: "hello" },
    ),
    answered(
      "trailers are dropped",
      "RFC 9110 section 6.5.1",
      `${head(ok, chunked)}${inOneChunk("hello", ["Set-Cookie: a=b"])}`,
      { status: 200, body: "hello" },
      {
        danger: { pattern: /Set-Cookie/, what: "a trailer is left that is no trailer" },
      },
    ),
    answered(
      "the end of the connection",
      "RFC 9112 section 6.3(8)",
      { end: `${head(ok)}hello`, after: "close" },
      { status: 200, body: "hello", has: [chunked] },
    ),
    answered(
      "the end of the connection at once",
      "RFC 9112 section 6.3(8)",
      { end: head(ok), after: "close" },
      { status: 200, body: "" },
    ),
    answered(
      "all bytes",
      "bodies are not text",
      `${head(ok, "Content-Length: 256")}${Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("")}`,
      {
        status: 200,
        body: Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join(""),
      },
    ),
    bad("both framings", "RFC 9112 section 6.3(3): smuggling", "Content-Length: 5", chunked),
    bad("both framings, the chunks first", "RFC 9112 section 6.3(3)", chunked, "Content-Length: 5"),
    bad("two lengths", "RFC 9112 section 6.3(5): 502", "Content-Length: 5", "Content-Length: 6"),
    bad("two equal lengths", "RFC 9110 section 8.6: may be refused", "Content-Length: 5", "Content-Length: 5"),
    bad("a list of lengths", "RFC 9112 section 6.3(5)", "Content-Length: 5, 5"),
    bad("a length with a sign", "RFC 9110 section 8.6", "Content-Length: +5"),
    bad("a negative length", "RFC 9110 section 8.6", "Content-Length: -5"),
    bad("an empty length", "CVE-2023-40225 class", "Content-Length:"),
    bad("a length of text", "RFC 9110 section 8.6", "Content-Length: five"),
    bad("a hexadecimal length", "RFC 9110 section 8.6", "Content-Length: 0x5"),
    bad("a length that overflows", "CVE-2021-40346 class", "Content-Length: 18446744073709551621"),
    bad("gzip as transfer coding", "RFC 9112 section 6.1", "Transfer-Encoding: gzip"),
    bad("identity as transfer coding", "RFC 9112 section 7", "Transfer-Encoding: identity"),
    bad("chunked twice", "RFC 9112 section 6.1", "Transfer-Encoding: chunked, chunked"),
    bad("two transfer codings", "RFC 9112 section 6.1", chunked, chunked),
    bad("an unknown transfer coding", "RFC 9112 section 6.1", "Transfer-Encoding: xchunked"),
    bad("an empty transfer coding", "RFC 9112 section 6.1", "Transfer-Encoding:"),
    badAnswer("chunks in HTTP/1.0", "RFC 9112 section 6.1: faulty framing", {
      end: `${head("HTTP/1.0 200 OK", chunked)}${inOneChunk("hello")}`,
      after: "close",
    }),
    cut("a length, and fewer bytes", "RFC 9112 section 8", {
      end: `${head(ok, "Content-Length: 10")}hello`,
      after: "close",
    }),
    cut(
      "a length, and a reset",
      "RFC 9112 section 8",
      { end: `${head(ok, "Content-Length: 10")}hello`, after: "reset" },
      {
        expect: { answers: [{ status: [200, 502], truncated: true }], closed: true, origin: [seen("GET /")] },
        judgement: "A reset may overtake the bytes before it: then 502 would be right as well, and is retried.",
      },
    ),
    cut("chunks without the last one", "RFC 9112 section 8", {
      end: `${head(ok, chunked)}5\r\nhello\r\n`,
      after: "close",
    }),
    cut("chunks that end in a chunk", "RFC 9112 section 8", { end: `${head(ok, chunked)}5\r\nhel`, after: "close" }),
    cut("chunks that end in a size", "RFC 9112 section 8", {
      end: `${head(ok, chunked)}5\r\nhello\r\n5`,
      after: "close",
    }),
    cut("chunks that end in the last chunk", "RFC 9112 section 8", {
      end: `${head(ok, chunked)}5\r\nhello\r\n0\r\n`,
      after: "close",
    }),
    ...(
      [
        ["a chunk size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"],
        ["a chunk size with a space", "5 \r\nhello\r\n0\r\n\r\n"],
        ["a chunk size that is none", "x\r\nhello\r\n0\r\n\r\n"],
        ["a chunk size that overflows", "10000000000000005\r\nhello\r\n0\r\n\r\n"],
        ["a chunk size with bare LF", "5\nhello\r\n0\r\n\r\n"],
        ["a chunk that is too long", "5\r\nhello!\r\n0\r\n\r\n"],
        ["a chunk with bare LF behind", "5\r\nhello\n0\r\n\r\n"],
        ["a trailer without a colon", "5\r\nhello\r\n0\r\nX\r\n\r\n"],
      ] as const
    ).map(([name, body]): Case => {
      const one = answered(name, "RFC 9112 section 7.1; proxies.md E", `${head(ok, chunked)}${body}`, { status: 502 });
      return {
        ...one,
        expect: { ...one.expect, orCut: true },
        judgement: "502, or where the head was sent already, a reset: either way no client takes it for whole.",
      };
    }),
    {
      ...cut("a bad chunk after a good one", "proxies.md E: close the client abnormally, no final chunk", {
        head: `${head(ok, chunked)}5\r\nhello\r\n`,
        end: "x\r\n",
      }),
      send: [head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 1"), { side: "client", sees: "hello" }, "x"],
      expect: {
        answers: [{ status: 200, truncated: true }],
        closed: true,
        origin: [seen("POST /", { body: "x" })],
      },
    },
    {
      ...cut(
        "a body that stands still",
        "RFC 9110 section 15.6.5 comes too late",
        `${head(ok, "Content-Length: 10")}hello`,
      ),
      profile: "impatientForAnswers",
    },
    {
      ...cut("a truncated answer to HTTP/1.0", "only a reset tells it from the end", {
        end: `${head(ok, chunked)}5\r\nhello\r\n`,
        after: "close",
      }),
      needs: "reset",
      send: [head("GET / HTTP/1.0", "Host: a.test")],
    },
    toHead("HEAD with a length", "RFC 9110 section 9.3.2", head(ok, "Content-Length: 5"), {
      status: 200,
      body: "",
      has: ["Content-Length: 5"],
    }),
    toHead("HEAD with chunks", "RFC 9112 section 6.3(1)", head(ok, chunked), { status: 200, body: "" }),
    toHead(
      "HEAD with a body",
      "RFC 9110 section 9.3.2: MUST NOT; it is not the next answer",
      `${head(ok, "Content-Length: 5")}hello`,
      { status: 200, body: "" },
    ),
    toHead(
      "HEAD with a body that looks like an answer",
      "RFC 9110 section 9.3.2: response queue poisoning",
      `${head(ok, "Content-Length: 44")}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`,
      { status: 200, body: "" },
    ),
    toHead("HEAD with neither", "RFC 9112 section 6.3(1)", head(ok), { status: 200, body: "" }),
    toHead("HEAD with both framings", "RFC 9112 section 6.3(3)", head(ok, "Content-Length: 5", chunked), {
      status: 502,
    }),
    answered("204", "RFC 9110 section 15.3.5", head("HTTP/1.1 204 No Content"), {
      status: 204,
      body: "",
      lacks: ["content-length", "transfer-encoding"],
    }),
    answered(
      "204 with a length",
      "RFC 9110 section 8.6: MUST NOT",
      head("HTTP/1.1 204 No Content", "Content-Length: 0"),
      { status: 204, body: "", lacks: ["content-length"] },
    ),
    answered(
      "204 with a body",
      "RFC 9110 section 15.3.5: haproxy http_bodyless_response.vtc",
      `${head("HTTP/1.1 204 No Content", "Content-Length: 5")}hello`,
      { status: [204, 502] },
      { judgement: "Passed on without it, or refused: nothing behind the head may be taken for the next answer." },
    ),
    answered(
      "204 with chunks",
      "RFC 9112 section 6.1: MUST NOT",
      `${head("HTTP/1.1 204 No Content", chunked)}${inOneChunk("hello")}`,
      { status: [204, 502] },
      { judgement: "Passed on without it, or refused: nothing behind the head may be taken for the next answer." },
    ),
    answered("304", "RFC 9110 section 15.4.5", head("HTTP/1.1 304 Not Modified", 'ETag: "x"'), {
      status: 304,
      body: "",
      has: ['ETag: "x"'],
    }),
    answered(
      "304 with a length",
      "RFC 9110 section 8.6: that of another answer",
      head("HTTP/1.1 304 Not Modified", "Content-Length: 5"),
      { status: 304, body: "", has: ["Content-Length: 5"] },
    ),
    answered(
      "304 with a body",
      "RFC 9110 section 15.4.5",
      `${head("HTTP/1.1 304 Not Modified", "Content-Length: 5")}hello`,
      { status: 304, body: "" },
    ),
    answered(
      "205 with a body",
      "RFC 9110 section 15.3.6: MUST NOT generate; framed as any",
      `${head("HTTP/1.1 205 Reset Content", "Content-Length: 5")}hello`,
      { status: 205, body: "hello" },
    ),
    answered(
      "extra bytes behind a length",
      "proxies.md E: discard, and close the connection",
      `${head(ok, "Content-Length: 5")}hello, world`,
      { status: 200, body: "hello" },
    ),
    answered("extra bytes behind the last chunk", "proxies.md E", `${head(ok, chunked)}${inOneChunk("hello")}world`, {
      status: 200,
      body: "hello",
    }),
    {
      name: "an answer before the request's body",
      why: "Pingora CVE-2025-4366 class: what is left of the body must not become a request",
      send: [
        head("POST / HTTP/1.1", "Host: a.test", `Content-Length: ${get("/smuggled").length}`),
        { side: "client", sees: "no" },
        get("/smuggled"),
      ],
      origin: [{ head: "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" }],
      expect: {
        answers: [{ status: 403, body: "no" }],
        closed: true,
        origin: [],
        begun: head("POST / HTTP/1.1", "Host: a.test", `Content-Length: ${get("/smuggled").length}`),
      },
    },
  ],
};
