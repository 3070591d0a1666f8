import { forwarded, inOneChunk, post, refused, seen, smuggled, type Case, type Theme } from "../case.ts";

const chunkedPost = post("/", "Transfer-Encoding: chunked");
const hello = seen("POST /", { chunked: "hello" });

function dropped(name: string, why: string, ...trailers: string[]): Case {
  return forwarded(name, why, `${chunkedPost}${inOneChunk("hello", trailers)}`, hello);
}

function bad(name: string, why: string, trailers: string, status: number | readonly number[] = 400): Case {
  return refused(name, why, `${chunkedPost}5\r\nhello\r\n0\r\n${trailers}`, { status, begun: hello });
}

/** Fields behind the last chunk. */
export const trailers: Theme = {
  name: "trailers",
  profile: "bare",
  cases: [
    dropped("a trailer is dropped", "RFC 9112 section 7.1.2: may be discarded", "X-A: 1"),
    dropped("Content-Length is dropped", "RFC 9110 section 6.5.1: no framing in trailers", "Content-Length: 5"),
    dropped("Transfer-Encoding is dropped", "RFC 9110 section 6.5.1", "Transfer-Encoding: chunked"),
    dropped("Host is dropped", "RFC 9110 section 6.5.1: no routing in trailers", "Host: b.test"),
    dropped("Authorization is dropped", "RFC 9110 section 6.5.1", "Authorization: Basic eDp5"),
    dropped("X-Forwarded-For is dropped", "Http11Probe trailer cases", "X-Forwarded-For: 1.2.3.4"),
    dropped("many are dropped", "RFC 9112 section 7.1.2", ...Array.from({ length: 50 }, (_, index) => `X-${index}: 1`)),
    {
      ...forwarded(
        "one of the list is passed on",
        "RFC 9110 section 6.5.2: where it is known to be safe",
        `${chunkedPost}${inOneChunk("hello", ["X-A: 1", "grpc-status: 0", "Host: b.test"])}`,
        `${post("/", "Transfer-Encoding: chunked")}${inOneChunk("hello", ["grpc-status: 0"])}`,
      ),
      profile: "trailers",
    },
    {
      ...forwarded(
        "one of the list is passed on, its name in other case",
        "RFC 9110 section 5.1",
        `${chunkedPost}${inOneChunk("hello", ["Grpc-Message: a b"])}`,
        `${post("/", "Transfer-Encoding: chunked")}${inOneChunk("hello", ["grpc-message: a b"])}`,
      ),
      profile: "trailers",
    },
    bad("no colon", "RFC 9112 section 5", "X-A\r\n\r\n"),
    bad("space before the colon", "RFC 9112 section 5.1", "X-A : 1\r\n\r\n"),
    bad("obs-fold", "RFC 9112 section 5.2", "X-A: 1\r\n 2\r\n\r\n"),
    bad("a space first", "RFC 9112 section 5.2", " X-A: 1\r\n\r\n"),
    bad("an empty name", "CVE-2023-25725 (HAProxy) class", ": 1\r\n\r\n"),
    bad("NUL in a value", "RFC 9110 section 5.5", "X-A: \0\r\n\r\n"),
    bad("bare CR in a value", "RFC 9112 section 2.2", "X-A: 1\r2\r\n\r\n"),
    bad("bare LF behind a trailer", "Http11Probe chunk-lf-trailer", "X-A: 1\n\r\n"),
    bad("bare LF as the end", "RFC 9112 section 7.1", "X-A: 1\r\n\n"),
    bad("a name that is no token", "RFC 9110 section 5.6.2", "X(A: 1\r\n\r\n"),
    bad("a request as trailers", "request splitting", smuggled),
    bad(
      "more than 8 KiB",
      "proxies.md table C: trailers have a limit",
      `${`X-A: ${"v".repeat(1000)}\r\n`.repeat(20)}\r\n`,
      [400, 431],
    ),
    bad("an endless trailer", "proxies.md table C: trailers have a limit", `X-A: ${"v".repeat(30_000)}`, [400, 431]),
  ],
};
