import { forwarded, get, head, post, refused, seen, type Theme } from "../case.ts";

const table = "proxies.md table C";
const some = (count: number): string[] => Array.from({ length: count }, (_, index) => `X-${index}: 1`);

/** Sizes and numbers, and what is answered above them. */
export const limits: Theme = {
  name: "limits",
  profile: "bare",
  cases: [
    forwarded("a long target", table, get(`/${"a".repeat(8000)}`), seen(`GET /${"a".repeat(8000)}`)),
    forwarded("a long query", table, get(`/?${"a".repeat(8000)}`), seen(`GET /?${"a".repeat(8000)}`)),
    refused("a target that is too long", "RFC 9110 section 15.5.15", get(`/${"a".repeat(8200)}`), { status: 414 }),
    refused("a query that is too long", "RFC 9110 section 15.5.15", get(`/?${"a".repeat(8200)}`), { status: 414 }),
    refused("an endless target", "RFC 9110 section 15.5.15: refused before its end", `GET /${"a".repeat(20_000)}`, {
      status: 414,
    }),
    refused("an endless method", "RFC 9110 section 15.6.2", "A".repeat(20_000), { status: [400, 414, 501] }),
    refused("spaces without end", table, `GET ${" ".repeat(20_000)}`, { status: [400, 414] }),
    refused("a value that is too long", "RFC 6585 section 5", get("/", `X-A: ${"a".repeat(8200)}`), { status: 431 }),
    refused(
      "an endless value",
      "RFC 6585 section 5: refused before its end",
      `GET / HTTP/1.1\r\nX-A: ${"a".repeat(20_000)}`,
      { status: 431 },
    ),
    refused("a name that is too long", "RFC 6585 section 5", get("/", `${"X".repeat(8200)}: 1`), { status: 431 }),
    refused("an endless name", "RFC 6585 section 5", `GET / HTTP/1.1\r\n${"X".repeat(20_000)}`, { status: 431 }),
    forwarded("99 fields and Host", "RFC 6585 section 5", get("/", ...some(99)), seen("GET /", { fields: some(99) })),
    refused("101 fields", "RFC 6585 section 5", get("/", ...some(100)), { status: 431 }),
    refused("a thousand fields", "RFC 6585 section 5", get("/", ...some(1000)), { status: 431 }),
    forwarded(
      "a head below 16 KiB",
      table,
      get("/", `X-A: ${"a".repeat(7900)}`, `X-B: ${"b".repeat(7900)}`),
      seen("GET /", { fields: [`X-A: ${"a".repeat(7900)}`, `X-B: ${"b".repeat(7900)}`] }),
    ),
    refused(
      "a head above 16 KiB",
      "RFC 6585 section 5",
      get("/", ...["A", "B", "C"].map((name) => `X-${name}: ${"a".repeat(7000)}`)),
      { status: 431 },
    ),
    refused(
      "a head without end",
      "RFC 6585 section 5",
      `GET / HTTP/1.1\r\nHost: a.test\r\n${"X-A: 1\r\n".repeat(5000)}`,
      { status: 431 },
    ),
    {
      ...refused(
        "many empty lines",
        "RFC 9112 section 2.2: at least one is ignored, not any number",
        "\r\n".repeat(5000),
      ),
      judgement: "One is ignored.",
    },
    forwarded(
      "a body at the limit",
      "RFC 9110 section 15.5.14",
      `${post("/", "Content-Length: 10")}0123456789`,
      seen("POST /", { body: "0123456789" }),
      {
        profile: "smallBodies",
      },
    ),
    {
      ...refused(
        "a body above the limit",
        "RFC 9110 section 15.5.14",
        `${post("/", "Content-Length: 11")}0123456789a`,
        { status: 413 },
      ),
      profile: "smallBodies",
      expect: { answers: [{ status: 413 }], closed: false, origin: [] },
      judgement: "A short rest of the body is read, so that the client can go on.",
    },
    {
      ...refused("a body far above the limit", "RFC 9110 section 15.5.14", post("/", "Content-Length: 999999999"), {
        status: 413,
      }),
      profile: "smallBodies",
    },
    {
      ...refused(
        "chunks above the limit",
        "RFC 9110 section 15.5.14",
        `${post("/", "Transfer-Encoding: chunked")}6\r\n012345\r\n6\r\n012345\r\n0\r\n\r\n`,
        {
          status: 413,
          begun: head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked"),
        },
      ),
      profile: "smallBodies",
    },
    {
      ...refused(
        "a head that does not end in time",
        "RFC 9110 section 15.5.9; CVE-2007-6750 (slowloris)",
        "GET / HTTP/1.1\r\nHost: a.test\r\n",
        { status: 408 },
      ),
      profile: "impatient",
    },
    {
      ...refused("a first line that does not end in time", "RFC 9110 section 15.5.9", "GET / HT", { status: 408 }),
      profile: "impatient",
    },
    {
      ...refused(
        "a body that does not come in time",
        "RFC 9110 section 15.5.9",
        `${post("/", "Content-Length: 10")}hello`,
        {
          status: 408,
          begun: head("POST / HTTP/1.1", "Host: a.test", "Content-Length: 10"),
        },
      ),
      profile: "impatient",
    },
    {
      ...refused(
        "chunks that do not come in time",
        "RFC 9110 section 15.5.9",
        `${post("/", "Transfer-Encoding: chunked")}5\r\nhe`,
        {
          status: 408,
          begun: head("POST / HTTP/1.1", "Host: a.test", "Transfer-Encoding: chunked"),
        },
      ),
      profile: "impatient",
    },
    {
      name: "a connection on which nothing comes",
      why: "there is nobody to tell: it just ends",
      profile: "impatient",
      send: [],
      quiet: true,
      expect: { answers: [], closed: true, origin: [] },
    },
    {
      name: "a connection on which nothing more comes",
      why: "RFC 9112 section 9.5: it just ends",
      profile: "impatient",
      send: [get("/")],
      quiet: true,
      expect: { answers: [{ status: 200 }], closed: true, origin: [seen("GET /")] },
    },
  ],
};
