import { forwarded, inOneChunk, post, refused, seen, smuggled, type Case, type Theme, fin } from "../case.ts";

const chunkedPost = post("/", "Transfer-Encoding: chunked");
const hello = seen("POST /", { chunked: "hello" });

/** The origin may see the head and what was good, but never the end. */
function bad(name: string, why: string, body: string, judgement?: string): Case {
  return refused(name, why, `${chunkedPost}${body}`, {
    begun: hello,
    ...(judgement === undefined ? {} : { judgement }),
  });
}

function good(
  name: string,
  why: string,
  body: string | readonly string[],
  chunked = "hello",
  judgement?: string,
): Case {
  return forwarded(
    name,
    why,
    typeof body === "string" ? `${chunkedPost}${body}` : [chunkedPost, ...body],
    seen("POST /", { chunked }),
    judgement === undefined ? {} : { judgement },
  );
}

const sizes = "RFC 9112 section 7.1: hexadecimal digits and nothing else";
const digits = "RFC 9112 section 7.1: no overflow of the size";
const extensions = "RFC 9112 section 7.1.1";
const rest = "\r\nhello\r\n0\r\n\r\n";

/** Chunks, their sizes, their extensions, their ends. */
export const chunked: Theme = {
  name: "chunked",
  profile: "bare",
  cases: [
    good("one chunk", "RFC 9112 section 7.1", inOneChunk("hello")),
    good("two chunks", "RFC 9112 section 7.1", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
    good("no chunk but the last", "RFC 9112 section 7.1", "0\r\n\r\n", ""),
    good("a size in upper case", "RFC 9112 section 7.1", "A\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
    good("a size in lower case", "RFC 9112 section 7.1", "a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
    good("a size with leading zeros", "RFC 9112 section 7.1: 1*HEXDIG", `0005${rest}`),
    good("a size of thirteen digits", digits, `0000000000005${rest}`),
    good("the last chunk of several zeros", 'RFC 9112 section 7.1: 1*("0")', "5\r\nhello\r\n0000\r\n\r\n"),
    good("one byte at a time", "any split is the same", [...inOneChunk("hello")]),
    good("CR and LF in two writes", "any split is the same", ["5\r", "\nhello\r", "\n0\r", "\n\r", "\n"]),
    good(
      "data that looks like the end",
      "only the size counts",
      "b\r\n\r\n0\r\n\r\n0\r\n\r\r\n0\r\n\r\n",
      "\r\n0\r\n\r\n0\r\n\r",
    ),
    good(
      "a chunk of 64 KiB",
      "larger than any buffer's first piece",
      inOneChunk("x".repeat(65_536)),
      "x".repeat(65_536),
    ),
    bad("a size of seventeen digits", digits, `00000000000000005${rest}`, "At most 13 digits: a safe integer."),
    bad("a size of 2^64 + 5", "Akamai and Squid (http-garden): overflow", `10000000000000005${rest}`),
    bad("a size of 2^32 + 5 with fewer bytes", "overflow of 32 bits", `fffffffff00000005${rest}${smuggled}`),
    bad("a size above all numbers", digits, `${"f".repeat(40)}${rest}`),
    bad("no size", sizes, rest),
    bad("an empty line for a size", sizes, `\r\n5${rest}`),
    bad("0x before the size", "AIOHTTP, Gunicorn (http-garden): int(x, 16)", `0x5${rest}`),
    bad("a plus sign", "Gunicorn, lighttpd (http-garden)", `+5${rest}`),
    bad("a minus sign", "CVE class of negative sizes", `-5${rest}`),
    bad("minus zero", sizes, `-0\r\n\r\n${smuggled}`),
    bad("an underscore behind", "what Python's int takes", `5_${rest}`),
    bad("an underscore between", "what Python's int takes", `0_5${rest}`),
    bad("no hexadecimal digit", sizes, `g${rest}`),
    bad("a digit, then none", sizes, `5g${rest}`),
    bad("a fraction", sizes, `5.0${rest}`),
    bad("h behind", sizes, `5h${rest}`),
    bad("a space before", "Http11Probe chunk-leading-sp", ` 5${rest}`),
    bad(
      "a space behind",
      "RFC 9112 section 7.1.1: bad white space is only before an extension",
      `5 ${rest}`,
      "Old servers pad sizes with spaces; refused, as readers disagree.",
    ),
    bad("a tab behind", sizes, `5\t${rest}`),
    bad(
      "a space before an extension",
      "RFC 9112 section 7.1.1: BWS MUST NOT be sent",
      `5 ;x${rest}`,
      "No white space at all in this line.",
    ),
    bad("NUL behind", sizes, `5\0${rest}`),
    bad("vertical tab behind", sizes, `5\v${rest}`),
    bad("digits of another script", sizes, `\xd9\xa5${rest}`),
    bad("a comma", sizes, `5,5${rest}`),
    bad("two sizes", sizes, `5 5${rest}`),
    good("an extension is dropped", "RFC 9112 section 7.1.1: hop by hop", `5;x${rest}`),
    good("an extension with a value is dropped", extensions, `5;x=y;z=1${rest}`),
    good("an extension in quotes is dropped", extensions, `5;x="y;\\"z"${rest}`),
    good("an extension of the last chunk is dropped", extensions, "5\r\nhello\r\n0;x=y\r\n\r\n"),
    bad("an extension with a bare CR", "ATS, Akamai (http-garden): \\r in an extension", `5;x\ry${rest}`),
    bad("an extension with a bare LF", "GCP (http-garden): an LF ends it for some", `5;x\n${rest}`),
    bad("an extension with NUL", "http-garden", `5;x\0${rest}`),
    bad(
      "an extension in quotes with CRLF",
      "http-garden: a quote does not reach over lines",
      `5;x="\r\nhello\r\n0\r\n\r\n`.replace('"\r\n', '"\n'),
    ),
    bad(
      "an extension of 300 bytes",
      "CVE-2023-39326 (Go): extensions cost",
      `5;${"x".repeat(300)}${rest}`,
      "A line of a chunk has at most 256 bytes.",
    ),
    bad("an endless extension", "CVE-2023-39326 (Go)", `5;${"x".repeat(20_000)}`),
    bad(
      "bare LF behind the size",
      "nginx before 1.29.4; RFC 9112 section 2.2 is about heads only",
      "5\nhello\r\n0\r\n\r\n",
    ),
    bad("bare CR behind the size", sizes, "5\rhello\r\n0\r\n\r\n"),
    bad("CR CR LF behind the size", sizes, "5\r\r\nhello\r\n0\r\n\r\n"),
    bad("bare LF behind the data", "RFC 9112 section 7.1", "5\r\nhello\n0\r\n\r\n"),
    bad("bare CR behind the data", "RFC 9112 section 7.1", "5\r\nhello\r0\r\n\r\n"),
    bad("two bytes that are not CRLF behind the data", "http-garden: skipped unseen", "5\r\nhelloXX0\r\n\r\n"),
    bad("nothing behind the data", "RFC 9112 section 7.1", "5\r\nhello0\r\n\r\n"),
    bad("more data than the size", "Http11Probe chunk-spill", "5\r\nhello!\r\n0\r\n\r\n"),
    bad("less data than the size", "RFC 9112 section 7.1", "6\r\nhello\r\n0\r\n\r\n"),
    bad("an empty line behind the data", "RFC 9112 section 7.1", "5\r\nhello\r\n\r\n0\r\n\r\n"),
    bad("bare LF behind the last chunk", "RFC 9112 section 7.1", "5\r\nhello\r\n0\n\r\n"),
    bad("bare LF as the end", "RFC 9112 section 7.1", "5\r\nhello\r\n0\r\n\n"),
    bad("CR X as the end", "CVE-2025-23167 (Node)", `5\r\nhello\r\n0\r\n\rX${smuggled}`),
    bad("CR CR LF as the end", "CVE-2025-23167 (Node) class", `5\r\nhello\r\n0\r\n\r\r\n${smuggled}`),
    bad("bare LF for all ends", "RFC 9112 section 7.1", "5\nhello\n0\n\n"),
    bad("the next request instead of the end", "a request line is no trailer field", `5\r\nhello\r\n0\r\n${smuggled}`),
    {
      ...refused("chunks that end too soon", "RFC 9112 section 8: incomplete", [`${chunkedPost}5\r\nhello\r\n`, fin], {
        begun: hello,
      }),
      judgement: "400 to who can still read; the origin must not see the last chunk.",
    },
  ],
};
