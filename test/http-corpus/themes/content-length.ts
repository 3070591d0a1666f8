import { forwarded, head, post, refused, seen, smuggled, type Case, type Theme, fin } from "../case.ts";

const section = "RFC 9110 section 8.6: digits and nothing else; RFC 9112 section 6.3(5)";

/** What follows the bad length would be a request to who reads the length otherwise. */
function bad(name: string, why: string, ...fields: string[]): Case {
  return refused(name, why, `${post("/", ...fields)}hello${smuggled}`);
}

function body(name: string, why: string, line: string, field = "Content-Length: 5"): Case {
  return forwarded(name, why, `${head(`${line} HTTP/1.1`, "Host: a.test", field)}hello`, seen(line, { body: "hello" }));
}

/** The length of a body in digits. */
export const contentLength: Theme = {
  name: "content-length",
  profile: "bare",
  cases: [
    body("a body", "RFC 9112 section 6.2", "POST /"),
    body("a body of GET", "RFC 9110 section 9.3.1: no meaning, but framed as any", "GET /"),
    body("a body of DELETE", "CVE-2026-29057 (http-proxy): framing lost", "DELETE /"),
    body("a body of OPTIONS", "CVE-2026-29057 (http-proxy)", "OPTIONS /"),
    body("a body of an unknown method", "RFC 9112 section 6: framing does not depend on the method", "FOO /"),
    body("the name in other case", "RFC 9110 section 5.1", "POST /", "cONTENT-lENGTH: 5"),
    body("white space around it", "RFC 9112 section 5", "POST /", "Content-Length: \t5\t "),
    body("no space behind the colon", "RFC 9112 section 5", "POST /", "Content-Length:5"),
    forwarded(
      "a body of HEAD",
      "RFC 9112 section 6: framing does not depend on the method",
      `${head("HEAD / HTTP/1.1", "Host: a.test", "Content-Length: 5")}hello`,
      seen("HEAD /", { body: "hello" }),
      { methods: ["HEAD"] },
    ),
    forwarded("zero", "RFC 9110 section 8.6", post("/", "Content-Length: 0"), seen("POST /", { body: "" })),
    forwarded("POST without a length", "RFC 9112 section 6.3(7): no body", post("/"), seen("POST /"), {
      judgement: "Forwarded as it was framed; RFC 9110 section 8.6 would have the client send 0.",
    }),
    forwarded(
      "bytes behind the body are the next request",
      "RFC 9112 section 9.3.2",
      `${post("/", "Content-Length: 5")}hello${head("GET /next HTTP/1.1", "Host: a.test")}`,
      [seen("POST /", { body: "hello" }), seen("GET /next")],
    ),
    forwarded(
      "a body that looks like a request",
      "CL.0: what is a body stays one",
      `${post("/", `Content-Length: ${smuggled.length}`)}${smuggled}`,
      seen("POST /", { body: smuggled }),
    ),
    forwarded(
      "a body of GET that looks like a request",
      "CL.0: an origin that ignores bodies of GET must still not see another request",
      `${head("GET / HTTP/1.1", "Host: a.test", `Content-Length: ${smuggled.length}`)}${smuggled}`,
      seen("GET /", { body: smuggled }),
    ),
    forwarded(
      "a body one byte at a time",
      "any split is the same",
      [post("/", "Content-Length: 5"), "h", "e", "l", "l", "o"],
      seen("POST /", { body: "hello" }),
    ),
    forwarded(
      "a body with all bytes",
      "bodies are not text",
      `${post("/", "Content-Length: 256")}${Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("")}`,
      seen("POST /", { body: Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("") }),
    ),
    bad("twice, different", "RFC 9112 section 6.3(5)", "Content-Length: 5", "Content-Length: 0"),
    bad("twice, different, the larger second", "RFC 9112 section 6.3(5)", "Content-Length: 0", "Content-Length: 5"),
    {
      ...bad(
        "twice, equal",
        "RFC 9110 section 8.6: may be refused or made one",
        "Content-Length: 5",
        "Content-Length: 5",
      ),
      permits: 2,
      judgement: "Refused: no client has a reason, and it is simplest.",
    },
    bad("twice, names in other case", "RFC 9112 section 6.3(5)", "Content-Length: 5", "content-length: 6"),
    bad("a list of different", "RFC 9112 section 6.3(5)", "Content-Length: 5, 6"),
    { ...bad("a list of equal", "RFC 9110 section 8.6: may be refused", "Content-Length: 5, 5"), permits: 2 },
    { ...bad("a list of three", "RFC 9110 section 8.6", "Content-Length: 5,5,5"), permits: 2 },
    bad("a comma behind", section, "Content-Length: 5,"),
    bad("a comma before", section, "Content-Length: ,5"),
    bad("empty", "CVE-2023-40225 (HAProxy): forwarded as it was", "Content-Length:"),
    bad("white space only", "CVE-2023-40225 (HAProxy)", "Content-Length:   "),
    bad("an empty one before a good one", "CVE-2023-40225 (HAProxy)", "Content-Length:", "Content-Length: 5"),
    bad("a plus sign", "http-garden: what strtol takes", "Content-Length: +5"),
    bad("a minus sign", section, "Content-Length: -5"),
    bad("minus zero", "http-garden: what strtol takes", "Content-Length: -0"),
    bad("hexadecimal", "http-garden: 0x", "Content-Length: 0x5"),
    bad("octal of another language", "0o is a prefix to some", "Content-Length: 0o5"),
    bad("an underscore", "http-garden: what Python's int takes", "Content-Length: 1_0"),
    bad("an exponent", section, "Content-Length: 5e0"),
    bad("a fraction", section, "Content-Length: 5.0"),
    bad("two numbers", "http-garden: 5 5", "Content-Length: 5 5"),
    bad("a tab between digits", section, "Content-Length: 0\t5"),
    bad("text behind", section, "Content-Length: 5x"),
    bad("a parameter", section, "Content-Length: 5;x"),
    bad("a semicolon", section, "Content-Length: 5;"),
    bad("quotes", section, 'Content-Length: "5"'),
    bad("a word", section, "Content-Length: five"),
    bad("NUL behind", section, "Content-Length: 5\0"),
    bad("vertical tab before", "http-garden: white space to some", "Content-Length: \v5"),
    bad("form feed behind", "http-garden: white space to some", "Content-Length: 5\f"),
    bad("no-break space before", "white space to JavaScript's trim", "Content-Length: \xa05"),
    bad("digits of another script", "digits to some languages", "Content-Length: \xd9\xa5"),
    bad("2^64 + 5", "CVE-2021-40346 (HAProxy) class: overflow", "Content-Length: 18446744073709551621"),
    bad("2^63", "overflow of a signed number", "Content-Length: 9223372036854775808"),
    bad("2^53 + 1", "no safe integer of JavaScript", "Content-Length: 9007199254740993"),
    bad("forty digits", "overflow", `Content-Length: ${"9".repeat(40)}`),
    bad("space before the colon", "RFC 9112 section 5.1", "Content-Length : 5"),
    { ...bad("folded", "RFC 9112 section 5.2", "Content-Length:\r\n 5"), permits: 2 },
    {
      ...bad(
        "an alias with an underscore",
        "CGI makes one name of both; Http11Probe cl-underscore",
        "Content_Length: 5",
      ),
      permits: 2,
    },
    {
      ...bad("an alias beside the real one", "CGI makes one name of both", "Content-Length: 5", "Content_Length: 0"),
      permits: 2,
    },
    {
      name: "a body that ends too soon",
      why: "RFC 9112 section 8: incomplete; the origin must not take it for whole",
      send: [`${post("/", "Content-Length: 10")}hello`, fin],
      expect: {
        answers: [{ status: 400 }],
        closed: true,
        origin: [],
        begun: `${post("/", "Content-Length: 10")}hello`,
      },
      judgement: "400 to who can still read; nobody may wait for more.",
    },
  ],
};
