import { answered, forwarded, get, head, refused, seen, type Case, type Theme } from "../case.ts";

const section = "RFC 9110 section 7.6.1";
const abuse = "CVE-2024-45410 (Traefik): a client must not take out what others rely on";

function dropped(name: string, why: string, ...fields: string[]): Case {
  return forwarded(name, why, get("/", "X-B: 1", ...fields, "X-C: 1"), seen("GET /", { fields: ["X-B: 1", "X-C: 1"] }));
}

function abused(field: string): Case {
  return {
    ...refused(`Connection names ${field}`, abuse, get("/", `Connection: ${field}`, `${field}: x`)),
    judgement:
      "Known end-to-end fields cannot be named; refusing shows the attempt, where keeping the field would hide it.",
    danger: { pattern: new RegExp(`^(?![^]*\\r\\n${field}:)`, "i"), what: "an end-to-end field is gone" },
  };
}

/** `Connection` and what belongs to one connection only. */
export const hopByHop: Theme = {
  name: "connection and hop-by-hop",
  profile: "bare",
  cases: [
    dropped("a field that Connection names is dropped", section, "Connection: X-A", "X-A: 1"),
    dropped("named in other case", "Traefik #12690: names are case-insensitive", "Connection: x-a", "X-A: 1"),
    dropped("named before it comes", section, "X-A: 1", "Connection: X-A"),
    dropped("named twice, sent twice", section, "Connection: X-A, X-A", "X-A: 1", "X-A: 2"),
    dropped("named in a second Connection", section, "Connection: X-D", "Connection: X-A", "X-A: 1"),
    dropped(
      "named in a list with empty elements",
      "RFC 9110 section 5.6.1.2: they are ignored",
      "Connection: , X-A,, ",
      "X-A: 1",
    ),
    dropped("a named one that is not there", section, "Connection: X-A"),
    dropped("an empty Connection", "RFC 9110 section 5.6.1.2", "Connection:"),
    dropped("Connection names itself", section, "Connection: Connection"),
    dropped("keep-alive", section, "Connection: keep-alive"),
    dropped(
      "Keep-Alive",
      "RFC 9112 appendix C.2.2: between neighbours",
      "Connection: keep-alive, Keep-Alive",
      "Keep-Alive: timeout=5",
    ),
    dropped(
      "Keep-Alive that nobody names",
      "RFC 9110 section 7.6.1: known ones go all the same",
      "Keep-Alive: timeout=5",
    ),
    dropped("Proxy-Connection", "RFC 9112 appendix C.2.2", "Proxy-Connection: keep-alive"),
    dropped("TE", "RFC 9110 section 10.1.4: between neighbours", "Connection: TE", "TE: gzip"),
    dropped(
      "TE: trailers, when none is passed on",
      "RFC 9110 section 6.5.1: it is our word that trailers arrive",
      "Connection: TE",
      "TE: trailers",
    ),
    dropped("TE that nobody names", "RFC 9110 section 10.1.4", "TE: gzip"),
    dropped("Trailer", "RFC 9110 section 6.6.2: about what is dropped", "Trailer: X-T"),
    dropped("Upgrade without Connection", "RFC 9110 section 7.8", "Upgrade: websocket"),
    dropped(
      "Proxy-Authorization",
      "RFC 9110 section 11.7.2: for us, if for anybody",
      "Proxy-Authorization: Basic eDp5",
    ),
    dropped("Proxy-Authenticate", "RFC 9110 section 11.7.1", "Proxy-Authenticate: Basic"),
    {
      ...forwarded(
        "TE: trailers, when some are passed on",
        "RFC 9110 section 10.1.4",
        get("/", "TE: trailers, deflate;q=0.5"),
        head("GET / HTTP/1.1", "Host: a.test", "Connection: TE", "TE: trailers"),
      ),
      profile: "trailers",
    },
    ...[
      "Host",
      "Authorization",
      "Cookie",
      "Cache-Control",
      "Content-Type",
      "Via",
      "Forwarded",
      "X-Forwarded-For",
      "X-Forwarded-Proto",
      "X-Forwarded-Host",
      "X-Forwarded-Anything",
      "X-Real-IP",
      "X-Request-ID",
      "Expect",
    ].map((field) =>
      field === "Host"
        ? refused("Connection names Host", abuse, get("/", "Connection: Host"))
        : field === "Expect"
          ? refused("Connection names Expect", abuse, get("/", "Connection: Expect", "Expect: 100-continue"))
          : abused(field),
    ),
    refused("Connection names one in other case", "Traefik #12690", get("/", "Connection: close, x-FORWARDED-for")),
    refused("Connection names one with white space", "Traefik #12690", get("/", "Connection: close,\tAuthorization\t")),
    refused("Connection with a name that is no token", "RFC 9110 section 7.6.1: tokens", get("/", "Connection: a b")),
    refused("Connection with quotes", "RFC 9110 section 7.6.1: tokens", get("/", 'Connection: "close"')),
    refused("Connection with a parameter", "RFC 9110 section 7.6.1: tokens", get("/", "Connection: close;x")),
    refused(
      "Connection with many names",
      "each is looked for in all fields: a small head would be much work",
      get("/", `Connection: ${Array.from({ length: 200 }, (_, index) => `x${index}`).join(", ")}`),
      { judgement: "At most 16; browsers send two." },
    ),
    forwarded("close", "RFC 9112 section 9.6: the answer, then the end", get("/", "Connection: close"), seen("GET /"), {
      closed: true,
    }),
    forwarded(
      "close in other case, in a list",
      "RFC 9112 section 9.6",
      get("/", "Connection: x-a, CLOSE"),
      seen("GET /"),
      {
        closed: true,
      },
    ),
    forwarded(
      "close and keep-alive",
      "RFC 9112 section 9.3: close wins",
      get("/", "Connection: keep-alive, close"),
      seen("GET /"),
      {
        closed: true,
      },
    ),
    forwarded(
      "close in a second Connection",
      "RFC 9112 section 9.6",
      get("/", "Connection: keep-alive", "Connection: close"),
      seen("GET /"),
      {
        closed: true,
      },
    ),
    forwarded(
      "no request behind close is served",
      "RFC 9112 section 9.6: MUST NOT process",
      get("/", "Connection: close") + get("/smuggled"),
      seen("GET /"),
      { closed: true },
    ),
    answered(
      "hop-by-hop fields of an answer are dropped",
      section,
      "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-A\r\nKeep-Alive: timeout=5\r\nX-A: 1\r\nX-B: 2\r\nProxy-Connection: x\r\nContent-Length: 2\r\n\r\nok",
      { status: 200, body: "ok", has: ["X-B: 2"], lacks: ["x-a", "keep-alive", "proxy-connection", "connection"] },
    ),
    answered(
      "close of an origin is not that of the client",
      "RFC 9112 section 9: each connection for itself",
      { end: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", after: "close" },
      { status: 200, body: "ok", lacks: ["connection"] },
    ),
    answered(
      "an answer's Connection cannot take out Set-Cookie",
      abuse,
      "HTTP/1.1 200 OK\r\nConnection: Set-Cookie\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\nok",
      { status: [200, 502] },
      { judgement: "Kept, or refused: an origin is not an attacker, but may pass one on." },
    ),
  ],
};
