import { answered, forwarded, get, head, refused, seen, smuggled, type Case, type Theme } from "../case.ts";

const host = "Host: a.test";
const section = "RFC 9112 section 2.3: HTTP/ and two digits";

function bad(version: string, why = section, status: number | readonly number[] = 400): Case {
  return refused(`version ${JSON.stringify(version)}`, why, head(`GET / ${version}`, host), { status });
}

function old(...fields: string[]): string {
  return head("GET / HTTP/1.0", host, ...fields);
}

/** Versions, and what HTTP/1.0 does not know. */
export const versions: Theme = {
  name: "versions",
  profile: "bare",
  cases: [
    bad("HTTP/1.2", "RFC 9110 section 6.2: unknown minor versions may be refused", 505),
    bad("HTTP/2.0", "RFC 9110 section 15.6.6", 505),
    bad("HTTP/3.0", "RFC 9110 section 15.6.6", 505),
    bad("HTTP/0.9", "RFC 9110 section 15.6.6", 505),
    bad("HTTP/9.9", "RFC 9110 section 15.6.6", 505),
    bad("HTTP/1.10"),
    bad("HTTP/11.1"),
    bad("HTTP/01.1"),
    bad("HTTP/1.01"),
    bad("HTTP/1."),
    bad("HTTP/1"),
    bad("HTTP/.1"),
    bad("HTTP/1,1"),
    bad("HTTP/1.1a"),
    bad("HTTP/1.-1"),
    bad("HTTP/a.b"),
    bad("HTTP/ 1.1"),
    bad("HTTP /1.1"),
    bad("http/1.1", "RFC 9112 section 2.3: case-sensitive"),
    bad("Http/1.1", "RFC 9112 section 2.3: case-sensitive"),
    bad("HTTPS/1.1"),
    bad("HTP/1.1"),
    bad("ICY/1.1"),
    bad("HTTP\\1.1"),
    refused("HTTP/0.9", "RFC 1945 section 4.1: long gone", "GET /\r\n", { status: [400, 505] }),
    refused("HTTP/0.9 with a field", "RFC 1945 section 4.1", "GET /\r\nHost: a.test\r\n\r\n", { status: [400, 505] }),
    forwarded("HTTP/1.0", "RFC 9112 section 9.3: it ends unless asked to go on", old(), seen("GET /"), {
      closed: true,
    }),
    forwarded(
      "HTTP/1.0 without Host",
      "RFC 9112 section 3.2: HTTP/1.0 needs none, what is forwarded does",
      head("GET / HTTP/1.0"),
      seen("GET /", { host: "127.0.0.1:$PORT" }),
      {
        closed: true,
        judgement: "The proxy's own address, as the client meant whom it connected to.",
      },
    ),
    refused("HTTP/1.0 with two Hosts", "RFC 9112 section 3.2", old("Host: b.test")),
    refused("HTTP/1.0 with an invalid Host", "RFC 9112 section 3.2", head("GET / HTTP/1.0", "Host: a/b")),
    forwarded("HTTP/1.0 with keep-alive", "RFC 9112 appendix C.2.2", old("Connection: keep-alive"), seen("GET /"), {
      answers: [{ status: 200, has: ["Connection: keep-alive"] }],
    }),
    forwarded(
      "HTTP/1.0 with keep-alive and close",
      "RFC 9112 section 9.3: close wins",
      old("Connection: keep-alive, close"),
      seen("GET /"),
      {
        closed: true,
      },
    ),
    forwarded(
      "HTTP/1.0 with Keep-Alive alone",
      "RFC 9112 appendix C.2.2: Connection says it",
      old("Keep-Alive: timeout=5"),
      seen("GET /"),
      {
        closed: true,
      },
    ),
    forwarded("HTTP/1.0, a request behind it", "RFC 9112 section 9.3", old() + smuggled, seen("GET /"), {
      closed: true,
    }),
    forwarded(
      "HTTP/1.0 with a body",
      "RFC 9112 section 6.3",
      `${head("POST / HTTP/1.0", host, "Content-Length: 5")}hello`,
      seen("POST /", { body: "hello" }),
      { closed: true },
    ),
    refused(
      "HTTP/1.0 with chunks",
      "RFC 9112 section 6.1: faulty framing",
      `${head("POST / HTTP/1.0", host, "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled}`,
    ),
    answered(
      "a chunked answer to HTTP/1.0",
      "RFC 9112 section 6.1: MUST NOT send chunks to HTTP/1.0",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      { status: 200, body: "hello", lacks: ["transfer-encoding"] },
      { closed: true, send: old() },
    ),
    answered(
      "a chunked answer to HTTP/1.0 that wants to go on",
      "RFC 9112 section 6.3(8): only the end can frame it",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      { status: 200, body: "hello", lacks: ["transfer-encoding"] },
      { closed: true, send: old("Connection: keep-alive") },
    ),
    answered(
      "1xx is kept from HTTP/1.0",
      "RFC 9110 section 15.2: MUST NOT be sent to HTTP/1.0",
      "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
      { status: 200, body: "ok", interim: [] },
      { closed: true, send: old() },
    ),
    answered(
      "an answer of HTTP/1.0 to HTTP/1.1",
      "RFC 9112 section 6.3(8): it ends with the connection",
      { end: "HTTP/1.0 200 OK\r\n\r\nhello", after: "close" },
      {
        status: 200,
        body: "hello",
        has: ["Transfer-Encoding: chunked"],
      },
    ),
    answered(
      "an answer of HTTP/1.0 with a length",
      "RFC 9112 section 9.3",
      { end: "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", after: "close" },
      {
        status: 200,
        body: "hello",
      },
    ),
    answered(
      "our own version is 1.1",
      "RFC 9110 section 6.2: the sender's own",
      "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
      { status: 200, has: ["HTTP/1.1 200 OK"] },
      {
        send: get("/"),
      },
    ),
  ],
};
