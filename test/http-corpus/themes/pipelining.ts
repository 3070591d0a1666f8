import { forwarded, get, head, inOneChunk, post, refused, seen, smuggled, type Theme, fin } from "../case.ts";

const section = "RFC 9112 section 9.3.2";
const answer = (body: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Several requests on one connection. */
export const pipelining: Theme = {
  name: "pipelining",
  profile: "bare",
  cases: [
    {
      ...forwarded("two at once", section, get("/1") + get("/2"), [seen("GET /1"), seen("GET /2")], {
        answers: [
          { status: 200, body: "one" },
          { status: 200, body: "two" },
        ],
      }),
      origin: [{ end: answer("one") }, { end: answer("two") }],
    },
    {
      ...forwarded(
        "ten at once are answered in order",
        section,
        Array.from({ length: 10 }, (_, index) => get(`/${index}`)).join(""),
        Array.from({ length: 10 }, (_, index) => seen(`GET /${index}`)),
        {
          answers: Array.from({ length: 10 }, (_, index) => ({ status: 200, body: `answer ${index}` })),
        },
      ),
      origin: Array.from({ length: 10 }, (_, index) => ({ end: answer(`answer ${index}`) })),
    },
    forwarded("a body between two", section, `${get("/1")}${post("/2", "Content-Length: 5")}hello${get("/3")}`, [
      seen("GET /1"),
      seen("POST /2", { body: "hello" }),
      seen("GET /3"),
    ]),
    forwarded(
      "chunks between two",
      section,
      `${get("/1")}${post("/2", "Transfer-Encoding: chunked")}${inOneChunk("hello")}${get("/3")}`,
      [seen("GET /1"), seen("POST /2", { chunked: "hello" }), seen("GET /3")],
    ),
    forwarded("an empty line between two", "RFC 9112 section 2.2", `${get("/1")}\r\n${get("/2")}`, [
      seen("GET /1"),
      seen("GET /2"),
    ]),
    forwarded(
      "a head in two pieces behind another",
      section,
      [`${get("/1")}GET /2 HT`, "TP/1.1\r\nHost: a.test\r\n\r\n"],
      [seen("GET /1"), seen("GET /2")],
    ),
    forwarded(
      "two for different hosts",
      "RFC 9112 section 9.3: each request for itself",
      get("/1") + head("GET /2 HTTP/1.1", "Host: b.test"),
      [seen("GET /1"), seen("GET /2", { host: "b.test" })],
    ),
    {
      ...forwarded(
        "HEAD before GET",
        "RFC 9112 section 6.3(1): no body, although a length",
        head("HEAD /1 HTTP/1.1", "Host: a.test") + get("/2"),
        [seen("HEAD /1"), seen("GET /2")],
        {
          answers: [
            { status: 200, body: "", has: ["Content-Length: 5"] },
            { status: 200, body: "two" },
          ],
        },
      ),
      methods: ["HEAD", "GET"],
      origin: [{ end: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" }, { end: answer("two") }],
    },
    {
      name: "an error behind a good one",
      why: "the good one is answered first, and nothing behind the error is read",
      send: [`${get("/1")}BAD\r\n\r\n${smuggled}`],
      expect: { answers: [{ status: 200 }, { status: 400 }], closed: true, origin: [seen("GET /1")] },
    },
    {
      name: "a smuggling attempt behind a good one",
      permits: 2,
      why: "RFC 9112 section 6.1",
      send: [`${get("/1")}${post("/2", "Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled}`],
      expect: { answers: [{ status: 200 }, { status: 400 }], closed: true, origin: [seen("GET /1")] },
    },
    refused(
      "nothing behind an error is read",
      "RFC 9112 section 9.6",
      `GET / HTTP/9.9\r\nHost: a.test\r\n\r\n${smuggled}`,
      {
        status: 505,
        permits: 2,
      },
    ),
    {
      name: "close in the middle",
      why: "RFC 9112 section 9.6: nothing behind it is processed",
      send: [get("/1") + get("/2", "Connection: close") + smuggled],
      expect: { answers: [{ status: 200 }, { status: 200 }], closed: true, origin: [seen("GET /1"), seen("GET /2")] },
    },
    {
      name: "FIN behind two",
      why: "RFC 9112 section 9.6: half-closed, the answers are still wanted",
      send: [get("/1") + get("/2"), fin],
      origin: [{ end: answer("one") }, { end: answer("two") }],
      expect: {
        answers: [
          { status: 200, body: "one" },
          { status: 200, body: "two" },
        ],
        closed: true,
        origin: [seen("GET /1"), seen("GET /2")],
      },
    },
    {
      name: "the last request of a connection",
      why: "RFC 9112 section 9.6: a server may close when it says so",
      profile: "twoRequests",
      send: [get("/1") + get("/2") + smuggled],
      expect: { answers: [{ status: 200 }, { status: 200 }], closed: true, origin: [seen("GET /1"), seen("GET /2")] },
    },
  ],
};
