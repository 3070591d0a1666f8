import {
  get,
  head,
  refused,
  seen,
  smuggled,
  type Case,
  type OriginAnswer,
  type Step,
  type Theme,
  fin,
} from "../case.ts";

const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
const version = "Sec-WebSocket-Version: 13";
const ask = get("/ws", "Connection: Upgrade", "Upgrade: websocket", key, version);
const asked = head("GET /ws HTTP/1.1", "Host: a.test", key, version, "Connection: upgrade", "Upgrade: websocket");
const switched = head(
  "HTTP/1.1 101 Switching Protocols",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
);
const section = "RFC 9110 section 7.8";
const clientSees = (sees: string): Step => ({ side: "client", sees });

/** It asks to switch; the origin answers with `end`. */
function asks(
  name: string,
  why: string,
  origin: OriginAnswer,
  more: Partial<Case["expect"]> & { send?: readonly Step[] },
): Case {
  const { send = [ask], ...expect } = more;
  return {
    name,
    why,
    send,
    origin: [origin],
    expect: { answers: [{ status: 101 }], closed: false, origin: [asked], ...expect },
  };
}

/** It looks like an upgrade, but is a plain request. */
function plain(name: string, why: string, send: string, origin: string, more: Partial<Case> = {}): Case {
  return { name, why, send: [send], expect: { answers: [{ status: 200 }], closed: false, origin: [origin] }, ...more };
}

/** Protocols that are switched to, and tunnels. */
export const upgrade: Theme = {
  name: "upgrade",
  profile: "websocket",
  cases: [
    asks(
      "a tunnel",
      section,
      { end: switched, after: "tunnel" },
      {
        send: [ask, clientSees("\r\n\r\n"), "ping", clientSees("ping"), fin],
        answers: [{ status: 101, has: ["Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="] }],
        closed: true,
        tunnel: "ping",
      },
    ),
    asks(
      "a tunnel for what looks like a request",
      "no request is read in a tunnel",
      { end: switched, after: "tunnel" },
      {
        send: [ask, clientSees("\r\n\r\n"), smuggled, clientSees("/smuggled"), fin],
        closed: true,
        tunnel: smuggled,
      },
    ),
    asks(
      "bytes sent before the 101 wait for it",
      "CVE-2026-2833 (Pingora): a tunnel before its 101",
      { end: switched, after: "tunnel" },
      {
        send: [`${ask}early`, clientSees("early"), fin],
        closed: true,
        tunnel: "early",
      },
    ),
    asks(
      "the upgrade is refused",
      section,
      { end: "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno" },
      {
        answers: [{ status: 403, body: "no" }],
      },
    ),
    asks(
      "the upgrade is refused, and a request was smuggled behind it",
      "CVE-2026-2833 (Pingora); RFC 9110 section 7.8: it is the next request, or nothing",
      { end: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno" },
      {
        send: [`${ask}${get("/next")}`],
        answers: [
          { status: 200, body: "no" },
          { status: 200, body: "ok" },
        ],
        origin: [asked, seen("GET /next")],
      },
    ),
    asks(
      "426 of an origin",
      "RFC 9110 section 15.5.22",
      {
        end: "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: upgrade\r\nContent-Length: 0\r\n\r\n",
      },
      {
        answers: [{ status: 426 }],
      },
    ),
    asks(
      "101 to another protocol than asked for",
      "RFC 9110 section 7.8: of the client's list",
      { end: switched.replace("Upgrade: websocket", "Upgrade: h2c"), after: "close" },
      {
        answers: [{ status: 502 }],
      },
    ),
    asks(
      "101 without Upgrade",
      "RFC 9110 section 15.2.2: MUST name it",
      { end: "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\n", after: "close" },
      {
        answers: [{ status: 502 }],
      },
    ),
    asks(
      "101 without Connection",
      "RFC 9110 section 7.8",
      { end: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", after: "close" },
      {
        answers: [{ status: 502 }],
      },
    ),
    {
      ...plain("101 that nobody asked for", "RFC 9110 section 15.2.2", get("/"), seen("GET /")),
      origin: [{ end: switched, after: "close" }],
      expect: { answers: [{ status: 502 }], closed: false, origin: [seen("GET /")] },
    },
    {
      ...plain(
        "101 that a route does not allow",
        "only the protocols that a route names are switched to",
        ask,
        head("GET /ws HTTP/1.1", "Host: a.test", key, version),
      ),
      profile: "bare",
    },
    plain(
      "h2c is not asked for",
      "h2c smuggling (Bishop Fox, 2020): a tunnel past all rules",
      get("/", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAARAAAAA"),
      seen("GET /"),
      {
        danger: { pattern: /\r\nUpgrade: *h2c/i, what: "the origin is asked to switch to h2c" },
      },
    ),
    plain("an unknown protocol", section, get("/", "Connection: upgrade", "Upgrade: foo"), seen("GET /")),
    plain(
      "Upgrade without Connection",
      section,
      get("/", "Upgrade: websocket", key, version),
      seen("GET /", { fields: [key, version] }),
    ),
    plain(
      "Connection without Upgrade",
      section,
      get("/", "Connection: upgrade", key, version),
      seen("GET /", { fields: [key, version] }),
    ),
    {
      ...plain(
        "HTTP/1.0",
        "RFC 9110 section 7.8: MUST be ignored in HTTP/1.0",
        head("GET /ws HTTP/1.0", "Host: a.test", "Connection: Upgrade", "Upgrade: websocket", key, version),
        seen("GET /ws", { fields: [key, version] }),
      ),
      expect: { answers: [{ status: 200 }], closed: true, origin: [seen("GET /ws", { fields: [key, version] })] },
    },
    {
      ...plain(
        "with a body",
        "haproxy protocol_upgrade.vtc; a body and a tunnel in one stream",
        `${head("POST /ws HTTP/1.1", "Host: a.test", "Connection: Upgrade", "Upgrade: websocket", "Content-Length: 5")}hello`,
        seen("POST /ws", { body: "hello" }),
      ),
      judgement: "Forwarded as a plain request with its body.",
    },
    plain(
      "with a chunked body",
      "haproxy protocol_upgrade.vtc",
      `${head("POST /ws HTTP/1.1", "Host: a.test", "Connection: Upgrade", "Upgrade: websocket", "Transfer-Encoding: chunked")}5\r\nhello\r\n0\r\n\r\n`,
      seen("POST /ws", { chunked: "hello" }),
    ),
    {
      ...plain(
        "two protocols",
        section,
        get("/ws", "Connection: Upgrade", "Upgrade: foo, websocket", key, version),
        seen("GET /ws", { fields: [key, version] }),
      ),
      judgement: "A list is not taken apart: a client of WebSocket sends one.",
    },
    refused(
      "Upgrade with both framings",
      "RFC 9112 section 6.1",
      `${get("/ws", "Connection: Upgrade", "Upgrade: websocket", "Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n`,
    ),
  ],
};
