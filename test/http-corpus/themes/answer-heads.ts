import { answered, badAnswer, get, head, seen, type Case, type Theme } from "../case.ts";

const strict = "RFC 9112 section 4; proxies.md E: 502 and close";
const ok = "HTTP/1.1 200 OK";

function bad(name: string, why: string, ...lines: string[]): Case {
  return badAnswer(name, why, head(...lines));
}

function badField(name: string, why: string, field: string): Case {
  return bad(name, why, ok, field, "Content-Length: 0");
}

function good(name: string, why: string, lines: readonly string[], has: readonly string[], status = 200): Case {
  return answered(name, why, head(...lines, "Content-Length: 0"), { status, body: "", has });
}

/** Heads of answers: what is passed on, and what becomes 502. */
export const answerHeads: Theme = {
  name: "answers: heads",
  profile: "bare",
  cases: [
    good("a plain answer", "RFC 9112 section 4", [ok, "X-A: 1"], ["HTTP/1.1 200 OK", "X-A: 1", "Content-Length: 0"]),
    good("no reason phrase", "RFC 9112 section 4: may be empty", ["HTTP/1.1 200 "], ["HTTP/1.1 200 "]),
    good(
      "a reason phrase of its own",
      "RFC 9112 section 4",
      ["HTTP/1.1 200 All is well!"],
      ["HTTP/1.1 200 All is well!"],
    ),
    good("an unknown status", "RFC 9110 section 15: by its class", ["HTTP/1.1 299 X"], ["HTTP/1.1 299 X"], 299),
    good("a status of the class 5", "RFC 9110 section 15", ["HTTP/1.1 599 X"], [], 599),
    good(
      "order, case and repetition",
      "RFC 6265 section 3: Set-Cookie is no list",
      [ok, "set-cookie: a", "SET-COOKIE: b"],
      ["set-cookie: a", "SET-COOKIE: b"],
    ),
    good("obs-text in a value", "RFC 9110 section 5.5", [ok, "X-A: \xe4\xff"], ["X-A: \xe4\xff"]),
    badAnswer("no answer but bytes", strict, { end: "hello\r\n\r\n", after: "close" }),
    badAnswer("HTTP/0.9", "RFC 1945: long gone", { end: "<html></html>", after: "close" }),
    badAnswer("another protocol", strict, { end: "SSH-2.0-OpenSSH_9.6\r\n", after: "close" }),
    bad("HTTP/2.0", "RFC 9112 section 2.3", "HTTP/2.0 200 OK", "Content-Length: 0"),
    bad("HTTP/1.2", "RFC 9112 section 2.3", "HTTP/1.2 200 OK", "Content-Length: 0"),
    bad("http/1.1 in lower case", "RFC 9112 section 2.3", "http/1.1 200 OK", "Content-Length: 0"),
    bad("ICY", "not HTTP", "ICY 200 OK", "Content-Length: 0"),
    bad("two spaces before the status", strict, "HTTP/1.1  200 OK", "Content-Length: 0"),
    bad("tab before the status", strict, "HTTP/1.1\t200 OK", "Content-Length: 0"),
    bad("a space before all", strict, " HTTP/1.1 200 OK", "Content-Length: 0"),
    bad("a status of two digits", strict, "HTTP/1.1 20 OK", "Content-Length: 0"),
    bad("a status of four digits", strict, "HTTP/1.1 2000 OK", "Content-Length: 0"),
    bad("a status that is no number", strict, "HTTP/1.1 2x0 OK", "Content-Length: 0"),
    bad("a negative status", strict, "HTTP/1.1 -20 OK", "Content-Length: 0"),
    bad("status 000", "RFC 9110 section 15: 100 to 599", "HTTP/1.1 000 OK", "Content-Length: 0"),
    bad("status 600", "RFC 9110 section 15: 100 to 599", "HTTP/1.1 600 OK", "Content-Length: 0"),
    bad("status 999", "RFC 9110 section 15: 100 to 599", "HTTP/1.1 999 OK", "Content-Length: 0"),
    {
      ...bad(
        "no space behind the status",
        "RFC 9112 section 4: the space is required",
        "HTTP/1.1 200",
        "Content-Length: 0",
      ),
      expect: { answers: [{ status: [200, 502] }], closed: false, origin: [seen("GET /")] },
      judgement: "Many origins leave it out; taking it is harmless, as the line is written anew.",
    },
    bad("NUL in the reason phrase", "RFC 9112 section 4", "HTTP/1.1 200 O\0K", "Content-Length: 0"),
    bad("bare CR in the reason phrase", "response splitting", "HTTP/1.1 200 OK\rX-A: 1", "Content-Length: 0"),
    badAnswer("bare LF behind the status line", strict, "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n", {
      judgement: "As in requests; an origin that needs it should be mended.",
    }),
    badAnswer("bare LF everywhere", strict, "HTTP/1.1 200 OK\nContent-Length: 0\n\n", {
      judgement: "As in requests.",
    }),
    badAnswer("bare LF as the end of the head", strict, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\n"),
    badField("obs-fold", "RFC 9112 section 5.2: a proxy MUST discard it or make it a space", "X-A: 1\r\n 2"),
    badField("no colon", "RFC 9112 section 5", "X-A"),
    badField("an empty name", "CVE-2023-25725 class", ": 1"),
    badField("space before the colon", "RFC 9112 section 5.1: a proxy MUST remove it, or 502", "X-A : 1"),
    badField("a name that is no token", "RFC 9110 section 5.6.2", "X(A: 1"),
    badField("NUL in a name", "RFC 9110 section 5.6.2", "X\0A: 1"),
    badField("NUL in a value", "RFC 9110 section 5.5", "X-A: 1\x002"),
    badField("bare CR in a value", "response splitting", "X-A: 1\rSet-Cookie: x"),
    badField("bare LF in a value", "response splitting", "X-A: 1\nSet-Cookie: x"),
    badField("a control character in a value", "RFC 9110 section 5.5", "X-A: a\x01b"),
    badAnswer("a space before the first field", strict, "HTTP/1.1 200 OK\r\n X-A: 1\r\nContent-Length: 0\r\n\r\n"),
    badAnswer(
      "a value that is too long",
      "nothing is unbounded",
      head(ok, `X-A: ${"a".repeat(100_000)}`, "Content-Length: 0"),
    ),
    badAnswer("a head without end", "nothing is unbounded", `${ok}\r\n${"X-A: 1\r\n".repeat(40_000)}`),
    badAnswer(
      "a thousand fields",
      "nothing is unbounded",
      head(ok, ...Array.from({ length: 1000 }, (_, index) => `X-${index}: 1`), "Content-Length: 0"),
    ),
    {
      ...badAnswer("the end of the connection in the head", "RFC 9112 section 8; POST is not sent again", {
        end: "HTTP/1.1 200 OK\r\nContent-Le",
        after: "close",
      }),
      send: [head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 0")],
      expect: { answers: [{ status: 502 }], closed: false, origin: [seen("POST /", { body: "" })] },
    },
    {
      ...badAnswer("the end of the connection in the first line", "RFC 9112 section 8; POST is not sent again", {
        end: "HTTP/1.1 20",
        after: "close",
      }),
      send: [head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 0")],
      expect: { answers: [{ status: 502 }], closed: false, origin: [seen("POST /", { body: "" })] },
    },
    {
      ...badAnswer("the end of the connection instead of an answer", "RFC 9110 section 9.2.2: POST is not sent again", {
        after: "close",
      }),
      send: [head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 0")],
      expect: { answers: [{ status: 502 }], closed: false, origin: [seen("POST /", { body: "" })] },
    },
    {
      ...badAnswer("a reset instead of an answer", "RFC 9110 section 9.2.2: POST is not sent again", {
        after: "reset",
      }),
      send: [head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 0")],
      expect: { answers: [{ status: 502 }], closed: false, origin: [seen("POST /", { body: "" })] },
    },
    {
      name: "no answer in time",
      why: "RFC 9110 section 15.6.5",
      profile: "impatientForAnswers",
      send: [head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 0")],
      origin: [{}],
      expect: { answers: [{ status: 504 }], closed: false, origin: [seen("POST /", { body: "" })] },
    },
    answered(
      "103 is passed on",
      "RFC 8297",
      `${head("HTTP/1.1 103 Early Hints", "Link: </a>")}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
      {
        status: 200,
        body: "ok",
        interim: [103],
      },
    ),
    answered(
      "several interim answers",
      "RFC 9110 section 15.2",
      `${head("HTTP/1.1 102 Processing")}${head("HTTP/1.1 103 Early Hints")}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
      {
        status: 200,
        body: "ok",
        interim: [102, 103],
      },
    ),
    answered(
      "100 that nobody asked for",
      "RFC 9110 section 15.2: a client must be able to take it",
      `${head("HTTP/1.1 100 Continue")}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
      {
        status: 200,
        body: "ok",
        interim: [100],
      },
    ),
    answered(
      "interim answers without end",
      "nothing is unbounded",
      { end: head("HTTP/1.1 102 Processing").repeat(2000), after: "close" },
      { status: 502, interim: "any" },
      {
        judgement: "A bound, whichever; the statuses of those before it may have been passed on.",
      },
    ),
    answered("a bad answer behind an interim one", strict, `${head("HTTP/1.1 103 Early Hints")}hello\r\n\r\n`, {
      status: 502,
      interim: [103],
    }),
    answered(
      "the origin's extra bytes are not the next answer",
      "proxies.md E: never to the pool with bytes left",
      {
        end: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison",
      },
      { status: 200, body: "ok" },
      { send: get("/") },
    ),
  ],
};
