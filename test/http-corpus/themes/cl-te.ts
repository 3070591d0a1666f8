import { head, inOneChunk, post, refused, smuggled, type Case, type Theme } from "../case.ts";

const both = "RFC 9112 section 6.1: smuggling, or an error; section 6.3(3)";
const chunked = "Transfer-Encoding: chunked";

function bad(name: string, why: string, fields: readonly string[], rest: string): Case {
  return refused(name, why, `${post("/", ...fields)}${rest}`, { status: [400, 501] });
}

const size = smuggled.length.toString(16);

/** Both framings in one request: each reader may take the other one. */
export const clTe: Theme = {
  name: "content-length and transfer-encoding",
  profile: "bare",
  cases: [
    {
      ...bad("CL.TE", both, [`Content-Length: ${5 + smuggled.length}`, chunked], `0\r\n\r\n${smuggled}`),
      judgement: "A server MAY take the chunks, drop the length and close; refusing is simpler and tells.",
    },
    bad("TE.CL", both, [`Content-Length: ${size.length + 2}`, chunked], `${size}\r\n${smuggled}\r\n0\r\n\r\n`),
    bad(
      "TE.CL, the chunks first",
      both,
      [chunked, `Content-Length: ${size.length + 2}`],
      `${size}\r\n${smuggled}\r\n0\r\n\r\n`,
    ),
    bad("both say the same", both, ["Content-Length: 15", chunked], inOneChunk("hello")),
    bad("a length of 0", "CL.0 and TE.0", ["Content-Length: 0", chunked], inOneChunk("hello")),
    bad("a length of 0 and an empty body", both, ["Content-Length: 0", chunked], "0\r\n\r\n"),
    bad(
      "a length and the end of the connection asked for",
      both,
      ["Connection: close", "Content-Length: 5", chunked],
      `0\r\n\r\n${smuggled}`,
    ),
    bad("an invalid length", both, ["Content-Length: +5", chunked], inOneChunk("hello")),
    bad("an empty length", "CVE-2023-40225 (HAProxy)", ["Content-Length:", chunked], inOneChunk("hello")),
    bad("two lengths", both, ["Content-Length: 5", "Content-Length: 15", chunked], inOneChunk("hello")),
    bad("identity and a length", both, ["Content-Length: 5", "Transfer-Encoding: identity"], `hello${smuggled}`),
    bad(
      "an unknown coding and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding: xchunked"],
      `hello${smuggled}`,
    ),
    bad("an empty coding and a length", both, ["Content-Length: 5", "Transfer-Encoding:"], `hello${smuggled}`),
    bad(
      "a comma before the coding, and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding: ,chunked"],
      `hello${smuggled}`,
    ),
    bad(
      "a tab before the coding, and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding:\tchunked"],
      `0\r\n\r\n${smuggled}`,
    ),
    bad(
      "a space behind the coding, and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding: chunked "],
      `0\r\n\r\n${smuggled}`,
    ),
    bad(
      "the coding in upper case, and a length",
      both,
      ["Content-Length: 5", "TRANSFER-ENCODING: CHUNKED"],
      `0\r\n\r\n${smuggled}`,
    ),
    bad(
      "a space before the colon, and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding : chunked"],
      `0\r\n\r\n${smuggled}`,
    ),
    bad(
      "a folded coding, and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding:\r\n chunked"],
      `0\r\n\r\n${smuggled}`,
    ),
    bad(
      "a vertical tab before the coding, and a length",
      both,
      ["Content-Length: 5", "Transfer-Encoding: \vchunked"],
      `0\r\n\r\n${smuggled}`,
    ),
    {
      ...bad(
        "an alias of the coding, and a length",
        both,
        ["Content-Length: 5", "Transfer_Encoding: chunked"],
        `0\r\n\r\n${smuggled}`,
      ),
      permits: 2,
    },
    {
      ...bad("the coding, and an alias of the length", both, ["Content_Length: 5", chunked], `0\r\n\r\n${smuggled}`),
      permits: 2,
    },
    {
      ...bad(
        "a length named by Connection",
        "RFC 9110 section 7.6.1: who removes it sees another body",
        ["Connection: Content-Length", "Content-Length: 5"],
        `hello${smuggled}`,
      ),
      permits: 2,
    },
    bad(
      "both, the length named by Connection",
      "RFC 9110 section 7.6.1",
      ["Connection: Content-Length", "Content-Length: 5", chunked],
      `0\r\n\r\n${smuggled}`,
    ),
    refused(
      "both with GET",
      both,
      `${head("GET / HTTP/1.1", "Host: a.test", "Content-Length: 5", chunked)}0\r\n\r\n${smuggled}`,
    ),
    refused(
      "both with HEAD",
      both,
      `${head("HEAD / HTTP/1.1", "Host: a.test", "Content-Length: 5", chunked)}0\r\n\r\n${smuggled}`,
      { methods: ["HEAD"] },
    ),
    refused(
      "both in HTTP/1.0",
      both,
      `${head("POST / HTTP/1.0", "Host: a.test", "Content-Length: 5", chunked)}0\r\n\r\n${smuggled}`,
    ),
  ],
};
