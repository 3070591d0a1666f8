import { forwarded, head, inOneChunk, post, refused, seen, smuggled, type Case, type Theme } from "../case.ts";

const one = "RFC 9112 section 6.1: we take one field with `chunked` and nothing else";
const refusals = [400, 501];

/** What follows would be a request to who does not see the chunks. */
function bad(name: string, why: string, ...fields: string[]): Case {
  return refused(name, why, `${post("/", ...fields)}${inOneChunk("hello")}${smuggled}`, { status: refusals });
}

function good(name: string, why: string, line: string, field = "Transfer-Encoding: chunked"): Case {
  return forwarded(
    name,
    why,
    `${head(`${line} HTTP/1.1`, "Host: a.test", field)}${inOneChunk("hello")}`,
    seen(line, { chunked: "hello" }),
  );
}

/** The coding that frames a body in chunks. */
export const transferEncoding: Theme = {
  name: "transfer-encoding",
  profile: "bare",
  cases: [
    good("chunked", "RFC 9112 section 7.1", "POST /"),
    good("in upper case", "RFC 9112 section 7: codings are case-insensitive", "POST /", "Transfer-Encoding: CHUNKED"),
    good("in mixed case, name too", "RFC 9112 section 7", "POST /", "transfer-ENCODING: cHuNkEd"),
    good("no space behind the colon", "RFC 9112 section 5", "POST /", "Transfer-Encoding:chunked"),
    good("tabs and spaces around it", "RFC 9112 section 5", "POST /", "Transfer-Encoding: \t chunked \t "),
    good("a chunked body of GET", "CVE-2026-29057 (http-proxy): framing lost", "GET /"),
    good("a chunked body of DELETE", "CVE-2026-29057 (http-proxy)", "DELETE /"),
    good("a chunked body of OPTIONS", "CVE-2026-29057 (http-proxy)", "OPTIONS /"),
    good("a chunked body of PUT", "RFC 9112 section 6", "PUT /a"),
    forwarded(
      "a chunked body that looks like a request",
      "TE.0: what is a body stays one",
      `${post("/", "Transfer-Encoding: chunked")}${inOneChunk(smuggled)}`,
      seen("POST /", { chunked: smuggled }),
    ),
    forwarded(
      "bytes behind the last chunk are the next request",
      "RFC 9112 section 9.3.2",
      `${post("/", "Transfer-Encoding: chunked")}${inOneChunk("hello")}${head("GET /next HTTP/1.1", "Host: a.test")}`,
      [seen("POST /", { chunked: "hello" }), seen("GET /next")],
    ),
    bad("chunked, then gzip", "RFC 9112 section 6.3(4): the length is unknown", "Transfer-Encoding: chunked, gzip"),
    {
      ...bad(
        "gzip, then chunked",
        "RFC 9112 section 6.1: 501 for a coding not understood",
        "Transfer-Encoding: gzip, chunked",
      ),
      permits: 2,
    },
    bad("gzip", "RFC 9112 section 6.3(4)", "Transfer-Encoding: gzip"),
    bad("identity", "RFC 9112 section 7: no such coding any more", "Transfer-Encoding: identity"),
    { ...bad("identity, then chunked", "http-garden", "Transfer-Encoding: identity, chunked"), permits: 2 },
    bad("chunked, then identity", "http-garden", "Transfer-Encoding: chunked, identity"),
    bad(
      "chunked twice in a list",
      "RFC 9112 section 6.1: MUST NOT be applied twice",
      "Transfer-Encoding: chunked, chunked",
    ),
    bad("two fields with chunked", "RFC 9112 section 6.1", "Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
    bad("two fields, the second identity", "TE.TE", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
    bad("two fields, the second unknown", "TE.TE", "Transfer-Encoding: chunked", "Transfer-Encoding: cow"),
    bad("two fields, the first unknown", "TE.TE", "Transfer-Encoding: cow", "Transfer-Encoding: chunked"),
    bad("two fields, one empty", "TE.TE", "Transfer-Encoding:", "Transfer-Encoding: chunked"),
    bad("empty", one, "Transfer-Encoding:"),
    bad("white space only", one, "Transfer-Encoding:  "),
    { ...bad("a comma before", "http-garden: empty elements of a list", "Transfer-Encoding: ,chunked"), permits: 2 },
    { ...bad("a comma behind", "http-garden: empty elements of a list", "Transfer-Encoding: chunked,"), permits: 2 },
    bad("a parameter", "RFC 9112 section 7: chunked has none", "Transfer-Encoding: chunked;q=1"),
    { ...bad("a semicolon", "RFC 9112 section 7: chunked has none", "Transfer-Encoding: chunked;"), permits: 2 },
    bad("quotes", one, 'Transfer-Encoding: "chunked"'),
    bad("single quotes", one, "Transfer-Encoding: 'chunked'"),
    bad("xchunked", "CVE of ATS and Tornado class: a search for the word", "Transfer-Encoding: xchunked"),
    bad("chunkedx", "a comparison of the beginning", "Transfer-Encoding: chunkedx"),
    bad("chunk", one, "Transfer-Encoding: chunk"),
    bad("a space in the word", one, "Transfer-Encoding: chun ked"),
    bad("two words", one, "Transfer-Encoding: chunked x"),
    bad("vertical tab before", "http-garden: white space to some", "Transfer-Encoding: \vchunked"),
    bad("form feed before", "http-garden: white space to some", "Transfer-Encoding: \fchunked"),
    bad("vertical tab behind", "http-garden: white space to some", "Transfer-Encoding: chunked\v"),
    bad("NUL behind", "http-garden", "Transfer-Encoding: chunked\0"),
    bad("no-break space before", "white space to JavaScript's trim", "Transfer-Encoding: \xa0chunked"),
    bad("the Kelvin sign for k", "lower case of U+212A is k", "Transfer-Encoding: chun\xe2\x84\xaaed"),
    bad("space before the colon", "RFC 9112 section 5.1", "Transfer-Encoding : chunked"),
    bad("tab before the colon", "RFC 9112 section 5.1", "Transfer-Encoding\t: chunked"),
    { ...bad("folded", "RFC 9112 section 5.2; Http11Probe te-obs-fold", "Transfer-Encoding:\r\n chunked"), permits: 2 },
    {
      ...bad("folded in the middle of the list", "RFC 9112 section 5.2", "Transfer-Encoding: chunked,\r\n identity"),
      permits: 2,
    },
    bad("hidden behind a bare CR", "RFC 9112 section 2.2", "X-A: 1\rTransfer-Encoding: chunked"),
    { ...bad("hidden behind a bare LF", "RFC 9112 section 2.2", "X-A: 1\nTransfer-Encoding: chunked"), permits: 2 },
    { ...bad("hidden behind a fold", "RFC 9112 section 5.2", "X-A: 1\r\n Transfer-Encoding: chunked"), permits: 2 },
    { ...bad("an alias with an underscore", "CGI makes one name of both", "Transfer_Encoding: chunked"), permits: 2 },
    {
      ...bad(
        "an alias beside the real one",
        "CGI makes one name of both",
        "Transfer-Encoding: chunked",
        "Transfer_Encoding: x",
      ),
      permits: 2,
    },
    {
      ...bad(
        "named by Connection",
        "RFC 9110 section 7.6.1: who removes it sees another body",
        "Connection: Transfer-Encoding",
        "Transfer-Encoding: chunked",
      ),
      permits: 2,
    },
    refused(
      "in HTTP/1.0",
      "RFC 9112 section 6.1: faulty framing; CVE-2026-2835 (Pingora)",
      `${head("POST / HTTP/1.0", "Host: a.test", "Transfer-Encoding: chunked")}${inOneChunk("hello")}${smuggled}`,
    ),
    refused(
      "in HTTP/1.0 that wants to go on",
      "RFC 9112 section 6.1; CVE-2026-2835 (Pingora)",
      `${head("POST / HTTP/1.0", "Host: a.test", "Connection: keep-alive", "Transfer-Encoding: chunked")}${inOneChunk("hello")}${smuggled}`,
    ),
  ],
};
