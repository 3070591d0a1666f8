import { forwarded, get, head, refused, seen, smuggled, type Case, type Theme } from "../case.ts";

const names = "RFC 9110 section 5.6.2: a name is a token";
const values = "RFC 9110 section 5.5: CR, LF and NUL are dangerous";

function badName(what: string, name: string): Case {
  return refused(`${what} in a name`, names, get("/", `X${name}A: 1`));
}

function kept(name: string, why: string, ...fields: string[]): Case {
  return forwarded(name, why, get("/", ...fields), seen("GET /", { fields }));
}

/** Names, colons, values and ends of lines. */
export const fields: Theme = {
  name: "field syntax",
  profile: "bare",
  cases: [
    refused("no colon", "RFC 9112 section 5", get("/", "X-A")),
    refused("a request line among the fields", "request splitting", get("/", "GET /smuggled HTTP/1.1")),
    refused("an empty name", "CVE-2023-25725 (HAProxy): the list ended there", get("/", ": 1")),
    refused(
      "an empty name, then Content-Length",
      "CVE-2023-25725",
      `${head("POST / HTTP/1.1", "Host: a.test", ": 1", `Content-Length: ${smuggled.length}`)}${smuggled}`,
    ),
    refused("space before the colon", "RFC 9112 section 5.1: MUST be 400", get("/", "X-A : 1")),
    refused("tab before the colon", "RFC 9112 section 5.1", get("/", "X-A\t: 1")),
    refused("white space before the first field", "RFC 9112 section 2.2", "GET / HTTP/1.1\r\n Host: a.test\r\n\r\n"),
    refused("tab before the first field", "RFC 9112 section 2.2", "GET / HTTP/1.1\r\n\tX-A: 1\r\nHost: a.test\r\n\r\n"),
    refused("obs-fold with a space", "CVE-2022-32215 (Node); RFC 9112 section 5.2", get("/", "X-A: 1\r\n 2")),
    refused("obs-fold with a tab", "RFC 9112 section 5.2", get("/", "X-A: 1\r\n\t2")),
    refused("obs-fold of an empty value", "RFC 9112 section 5.2", get("/", "X-A:\r\n 2")),
    refused("obs-fold that hides a field", "RFC 9112 section 5.2", get("/", "X-A: 1\r\n Transfer-Encoding: chunked")),
    refused("a line of white space", "RFC 9112 section 5.2: a fold, or the end?", get("/", "X-A: 1\r\n ", "X-B: 2")),
    refused(
      "a line of white space as the end",
      "RFC 9112 section 2.1: the end is an empty line",
      `GET / HTTP/1.1\r\nHost: a.test\r\n \r\n\r\n`,
    ),
    ...(
      [
        ["a parenthesis", "("],
        ["an @", "@"],
        ["a comma", ","],
        ["a semicolon", ";"],
        ["an equals sign", "="],
        ["a question mark", "?"],
        ["a slash", "/"],
        ["a backslash", "\\"],
        ["a bracket", "["],
        ["a brace", "{"],
        ["a quotation mark", '"'],
        ["an angle bracket", "<"],
        ["a space", " "],
        ["a tab", "\t"],
        ["NUL", "\0"],
        ["a control character", "\x01"],
        ["DEL", "\x7f"],
        ["0x80", "\x80"],
        ["0xff", "\xff"],
        ["UTF-8", "\xc3\xa9"],
        ["bare CR", "\r"],
      ] as const
    ).map(([what, name]) => badName(what, name)),
    refused("NUL in a value", values, get("/", "X-A: 1\x002")),
    refused("bare CR in a value", values, get("/", "X-A: 1\r2")),
    refused(
      "bare CR that hides a field",
      "http-garden: some servers end the line there",
      get("/", "X-A: 1\rTransfer-Encoding: chunked"),
    ),
    refused("bare CR at the end of a value", values, get("/", "X-A: 1\r")),
    refused(
      "bare LF between fields",
      "CVE-2022-32214 (Node); RFC 9112 section 2.2",
      "GET / HTTP/1.1\r\nHost: a.test\nX-A: 1\r\n\r\n",
    ),
    refused("bare LF that hides a field", "RFC 9112 section 2.2", get("/", "X-A: 1\nTransfer-Encoding: chunked")),
    refused("bare LF everywhere", "RFC 9112 section 2.2: a recipient may take it", "GET / HTTP/1.1\nHost: a.test\n\n", {
      judgement: "Refused: what ends a line must be the same for all readers.",
    }),
    refused("bare LF as the end of the head", "RFC 9112 section 2.2", "GET / HTTP/1.1\r\nHost: a.test\r\n\n"),
    refused("LF LF as the end of the head", "RFC 9112 section 2.2", "GET / HTTP/1.1\r\nHost: a.test\n\n"),
    refused("LF CR LF as the end of the head", "RFC 9112 section 2.2", "GET / HTTP/1.1\r\nHost: a.test\n\r\n"),
    refused(
      "CR CR LF as the end of the head",
      "CVE-2025-23167 (Node) class",
      "GET / HTTP/1.1\r\nHost: a.test\r\n\r\r\n",
    ),
    refused(
      "CR X as the end of the head",
      "CVE-2025-23167 (Node): \\r\\n\\rX ended it",
      `GET / HTTP/1.1\r\nHost: a.test\r\n\rX${smuggled}`,
    ),
    refused(
      "a control character in a value",
      "RFC 9110 section 5.5: invalid; a recipient MAY keep it",
      get("/", "X-A: a\x01b"),
      {
        judgement: "No client means it, and terminals and logs obey it: 400.",
      },
    ),
    refused("DEL in a value", "RFC 9110 section 5.5: not a VCHAR", get("/", "X-A: a\x7fb"), {
      judgement: "As other control characters.",
    }),
    kept("obs-text in a value", "RFC 9110 section 5.5: opaque, and kept", "X-A: \xe4\xff\x80"),
    kept("a tab in a value", "RFC 9110 section 5.5", "X-A: a\tb"),
    kept("spaces in a value", "RFC 9110 section 5.5", "X-A: a   b"),
    kept(
      "order, case and repetition",
      "RFC 9110 section 5.3: the order of equal names matters",
      "x-B: 2",
      "X-a: 1",
      "X-B: 1",
      "x-b: 3",
    ),
    kept("two Cookie fields", "RFC 6265 section 5.4: one is usual; what came is kept", "Cookie: a=1", "Cookie: b=2"),
    kept("names of prototypes", "CWE-1321: names are no properties", "__proto__: 1", "constructor: 2", "toString: 3"),
    kept("every character of a token", "RFC 9110 section 5.6.2", "X!#$%&'*+-.^_`|~0Az: 1"),
    kept("a name that is a number", "RFC 9110 section 5.6.2", "0: 1"),
    kept(
      "a name that only begins as a framing one",
      "names are compared as a whole",
      "Content-Length-X: 5",
      "Transfer-Encodin: chunked",
    ),
    kept("a long value", "within the limit of 8 KiB for a line", `X-A: ${"v".repeat(7000)}`),
    forwarded(
      "white space behind a value",
      "RFC 9112 section 5: no part of it",
      get("/", "X-A: 1 \t ", "X-B: 2"),
      seen("GET /", { fields: ["X-A: 1", "X-B: 2"] }),
    ),
    kept(
      "white space before a value",
      "RFC 9112 section 5: no part of it; kept as it was sent, as every reader drops it",
      "X-A: \t 1",
    ),
    kept("no space behind the colon", "RFC 9112 section 5", "X-A:1"),
    kept("an empty value", "RFC 9110 section 5.5: may be empty", "X-A:", "X-B: 1"),
    kept("a value with colons", "only the first colon divides", "X-A: a: b:c"),
    forwarded(
      "one byte at a time",
      "any split parses to the same",
      [...get("/", "X-A: 1")],
      seen("GET /", { fields: ["X-A: 1"] }),
    ),
    forwarded(
      "the head's end in two writes",
      "any split parses to the same",
      ["GET / HTTP/1.1\r\nHost: a.test\r\n\r", "\n"],
      seen("GET /"),
    ),
  ],
};
