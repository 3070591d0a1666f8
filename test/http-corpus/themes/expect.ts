import {
  forwarded,
  head,
  inOneChunk,
  plainAnswer,
  post,
  refused,
  seen,
  smuggled,
  type Case,
  type Theme,
} from "../case.ts";

const section = "RFC 9110 section 10.1.1";
const asks = post("/", "Content-Length: 5", "Expect: 100-continue");
const asked = `${head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 5", "Expect: 100-continue")}hello`;
const hundred = "HTTP/1.1 100 Continue\r\n\r\n";

function bad(name: string, value: string): Case {
  return refused(name, section, `${post("/", "Content-Length: 5", `Expect: ${value}`)}hello`, { status: 417 });
}

/** `Expect: 100-continue`, and what else is expected. */
export const expectations: Theme = {
  name: "expect",
  profile: "bare",
  cases: [
    {
      name: "100 of the origin is passed on",
      why: section,
      send: [asks, { side: "client", sees: "100" }, "hello"],
      origin: [{ head: hundred, end: plainAnswer }],
      expect: { answers: [{ status: 200, interim: [100] }], closed: false, origin: [asked] },
    },
    {
      name: "a client that does not wait",
      why: "RFC 9110 section 10.1.1: a client need not wait for ever",
      send: [`${asks}hello`],
      origin: [{ head: hundred, end: plainAnswer }],
      expect: { answers: [{ status: 200, interim: [100] }], closed: false, origin: [asked] },
    },
    {
      name: "an origin that does not say 100",
      why: "RFC 9110 section 10.1.1",
      send: [`${asks}hello`],
      expect: { answers: [{ status: 200 }], closed: false, origin: [asked] },
    },
    {
      name: "the final answer before the body",
      why: "CVE-2024-24791 (Go): what comes next on the connections is body or request?",
      send: [asks],
      origin: [{ head: "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" }],
      expect: { answers: [{ status: 403, body: "no" }], closed: true, origin: [], begun: asked },
      judgement: "The connection is closed: it is not known whether the body will come.",
    },
    {
      name: "the final answer before the body, and a body that looks like a request",
      why: "CVE-2024-24791 (Go)",
      send: [
        post("/", `Content-Length: ${smuggled.length}`, "Expect: 100-continue"),
        { side: "client", sees: "403" },
        smuggled,
      ],
      origin: [{ head: "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" }],
      expect: {
        answers: [{ status: 403, body: "no" }],
        closed: true,
        origin: [],
        begun: head("POST / HTTP/1.1", "Host: a.test", `Content-Length: ${smuggled.length}`, "Expect: 100-continue"),
      },
    },
    forwarded(
      "in other case",
      "RFC 9110 section 10.1.1: case-insensitive",
      `${post("/", "Content-Length: 5", "Expect: 100-Continue")}hello`,
      asked,
    ),
    forwarded(
      "with chunks",
      section,
      `${post("/", "Transfer-Encoding: chunked", "Expect: 100-continue")}${inOneChunk("hello")}`,
      `${head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked", "Expect: 100-continue")}${inOneChunk("hello")}`,
    ),
    forwarded(
      "without a body",
      "RFC 9110 section 10.1.1: not to be sent; ignored",
      head("GET / HTTP/1.1", "Host: a.test", "Expect: 100-continue"),
      seen("GET /"),
    ),
    forwarded(
      "in HTTP/1.0",
      "RFC 9110 section 10.1.1: MUST be ignored in HTTP/1.0",
      `${head("POST / HTTP/1.0", "Host: a.test", "Content-Length: 5", "Expect: 100-continue")}hello`,
      seen("POST /", { body: "hello" }),
      { closed: true },
    ),
    bad("an unknown expectation", "200-ok"),
    bad("an empty expectation", ""),
    bad("two expectations", "100-continue, 100-continue"),
    bad("an expectation with a value", "100-continue=x"),
    refused(
      "two fields, the second unknown",
      section,
      `${post("/", "Content-Length: 5", "Expect: 100-continue", "Expect: x")}hello`,
      { status: 417 },
    ),
  ],
};
