import { forwarded, get, head, refused, seen, type Case, type Theme } from "../case.ts";

const ours = [
  "X-Forwarded-For: 127.0.0.1",
  "X-Forwarded-Proto: http",
  "X-Forwarded-Port: $PORT",
  "X-Real-IP: 127.0.0.1",
];
const forwardedHost = "X-Forwarded-Host: a.test";
const spoof = "caddy#4503; RFC 7239 section 8.1: nobody vouches for what a client says of itself";
const alias = "GHSA-5m6w-wvh7-57vm (Traefik): CGI and WSGI make one name of dashes and underscores";

/** Whatever a client claims, the origin sees what we know. */
function discarded(name: string, why: string, danger: RegExp, ...fields: string[]): Case {
  return {
    ...forwarded(name, why, get("/", ...fields), seen("GET /", { added: [...ours, forwardedHost] })),
    danger: { pattern: danger, what: "a client's word about itself is left" },
  };
}

function aliased(field: string): Case {
  return {
    ...refused(field.slice(0, field.indexOf(":")), alias, get("/", field)),
    judgement: "Refused, not dropped: who sends it tries.",
    danger: {
      pattern: new RegExp(field.slice(0, field.indexOf(":")), "i"),
      what: "an alias of a trusted name is left",
    },
  };
}

/** What a trusted proxy says is passed on. */
function trusted(
  name: string,
  why: string,
  fields: readonly string[],
  kept: readonly string[],
  added: readonly string[],
): Case {
  return { ...forwarded(name, why, get("/", ...fields), seen("GET /", { fields: kept, added })), profile: "trusting" };
}

/** A spoofed `X-Forwarded-For` of which something is left. */
const spoofed = /x[-_]forwarded[-_]for:[^\r]*6\.6\.6\.6/i;
const proto = "X-Forwarded-Proto: http";
const port = "X-Forwarded-Port: $PORT";

/** What the origin is told of the client, and what the client cannot say. */
export const forwarding: Theme = {
  name: "forwarding headers and underscores",
  profile: "forwarding",
  cases: [
    forwarded(
      "what we say",
      "RFC 7239 and its older kin",
      get("/"),
      seen("GET /", { added: [...ours, forwardedHost] }),
    ),
    discarded("X-Forwarded-For of a client is discarded", spoof, spoofed, "X-Forwarded-For: 6.6.6.6"),
    discarded(
      "several X-Forwarded-For are discarded",
      spoof,
      spoofed,
      "X-Forwarded-For: 6.6.6.6",
      "x-forwarded-for: 6.6.6.6, 7.7.7.7",
    ),
    discarded("an empty X-Forwarded-For is discarded", spoof, /forwarded-for: *\r/i, "X-Forwarded-For:"),
    discarded(
      "X-Forwarded-Proto of a client is discarded",
      spoof,
      /forwarded-proto: https/i,
      "X-Forwarded-Proto: https",
    ),
    discarded("X-Forwarded-Host of a client is discarded", spoof, /evil/, "X-Forwarded-Host: evil.test"),
    discarded("X-Forwarded-Port of a client is discarded", spoof, /forwarded-port: 6666/i, "X-Forwarded-Port: 6666"),
    discarded("X-Forwarded-Prefix of a client is discarded", spoof, /evil/, "X-Forwarded-Prefix: /evil"),
    discarded("X-Forwarded-Server of a client is discarded", spoof, /evil/, "X-Forwarded-Server: evil"),
    discarded("X-Forwarded-Ssl of a client is discarded", spoof, /forwarded-ssl: on/i, "X-Forwarded-Ssl: on"),
    discarded("any X-Forwarded field of a client is discarded", spoof, /evil/, "X-Forwarded-User: evil"),
    discarded("X-Real-IP of a client is discarded", spoof, /6\.6\.6\.6/, "X-Real-IP: 6.6.6.6"),
    discarded("Forwarded of a client is discarded", spoof, /6\.6\.6\.6/, "Forwarded: for=6.6.6.6;host=evil.test"),
    refused(
      "Connection names X-Forwarded-For",
      "CVE-2024-45410 (Traefik)",
      get("/", "Connection: close, X-Forwarded-For"),
      {
        danger: { pattern: /^(?![^]*\r\nx-forwarded-for: 127\.0\.0\.1\r\n)/i, what: "the proxy's own field is gone" },
      },
    ),
    refused("Connection names X-Real-IP", "CVE-2024-45410 (Traefik)", get("/", "Connection: x-real-ip"), {
      danger: { pattern: /^(?![^]*\r\nx-real-ip: 127\.0\.0\.1\r\n)/i, what: "the proxy's own field is gone" },
    }),
    aliased("X_Forwarded_For: 6.6.6.6"),
    aliased("X-Forwarded_For: 6.6.6.6"),
    aliased("x_forwarded_proto: https"),
    aliased("X_FORWARDED_HOST: evil.test"),
    aliased("X_Forwarded_User: evil"),
    aliased("X_Real_IP: 6.6.6.6"),
    aliased("X_Request_ID: 1"),
    aliased("Content_Length: 5"),
    aliased("Transfer_Encoding: chunked"),
    forwarded(
      "another name with an underscore is kept",
      "RFC 9110 section 5.1: a name as any",
      get("/", "X_Auth: 1"),
      seen("GET /", { fields: ["X_Auth: 1"], added: [...ours, forwardedHost] }),
    ),
    trusted(
      "X-Forwarded-For of a trusted proxy goes on",
      "RFC 7239 section 5.2",
      ["X-Forwarded-For: 6.6.6.6"],
      [],
      ["X-Forwarded-For: 6.6.6.6, 127.0.0.1", "X-Real-IP: 6.6.6.6", proto, port, forwardedHost],
    ),
    trusted(
      "several of a trusted proxy become one",
      "RFC 9110 section 5.3",
      ["X-Forwarded-For: 5.5.5.5", "X-Forwarded-For: 6.6.6.6"],
      [],
      ["X-Forwarded-For: 5.5.5.5, 6.6.6.6, 127.0.0.1", "X-Real-IP: 6.6.6.6", proto, port, forwardedHost],
    ),
    trusted(
      "X-Real-IP is the last that is not trusted",
      "RFC 7239 section 8.1: read from its right",
      ["X-Forwarded-For: 5.5.5.5, 6.6.6.6, 127.0.0.9"],
      [],
      ["X-Forwarded-For: 5.5.5.5, 6.6.6.6, 127.0.0.9, 127.0.0.1", "X-Real-IP: 6.6.6.6", proto, port, forwardedHost],
    ),
    trusted(
      "what is no address ends the walk",
      "RFC 7239 section 8.1",
      ["X-Forwarded-For: 6.6.6.6, nonsense, 127.0.0.9"],
      [],
      ["X-Forwarded-For: 6.6.6.6, nonsense, 127.0.0.9, 127.0.0.1", "X-Real-IP: 127.0.0.9", proto, port, forwardedHost],
    ),
    trusted(
      "X-Forwarded-Proto of a trusted proxy is kept",
      "who took the TLS off knows",
      ["X-Forwarded-Proto: https", "X-Forwarded-Host: b.test", "X-Forwarded-Port: 443"],
      ["X-Forwarded-Proto: https", "X-Forwarded-Host: b.test", "X-Forwarded-Port: 443"],
      ["X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1"],
    ),
    {
      ...refused("X_Forwarded_For, even of a trusted proxy", alias, get("/", "X_Forwarded_For: 6.6.6.6")),
      profile: "trusting",
    },
    {
      ...forwarded(
        "Forwarded and Via",
        "RFC 7239; RFC 9110 section 7.6.3",
        get("/"),
        seen("GET /", { added: ["Via: 1.1 geryon", 'Forwarded: for=127.0.0.1;host="a.test";proto=http'] }),
      ),
      profile: "standard",
    },
    {
      ...forwarded(
        "Via of HTTP/1.0",
        "RFC 9110 section 7.6.3: the version that was received",
        head("GET / HTTP/1.0", "Host: a.test"),
        seen("GET /", { added: ["Via: 1.0 geryon", 'Forwarded: for=127.0.0.1;host="a.test";proto=http'] }),
        { closed: true },
      ),
      profile: "standard",
    },
    {
      ...forwarded(
        "Via of a client is kept before ours",
        "RFC 9110 section 7.6.3: a history",
        get("/", "Via: 1.1 x"),
        seen("GET /", {
          fields: ["Via: 1.1 x"],
          added: ["Via: 1.1 geryon", 'Forwarded: for=127.0.0.1;host="a.test";proto=http'],
        }),
      ),
      profile: "standard",
    },
    {
      ...forwarded(
        "Forwarded of a trusted proxy is kept before ours",
        "RFC 7239 section 4",
        get("/", "Forwarded: for=6.6.6.6"),
        seen("GET /", {
          fields: ["Forwarded: for=6.6.6.6"],
          added: ["Via: 1.1 geryon", 'Forwarded: for=127.0.0.1;host="a.test";proto=http'],
        }),
      ),
      profile: "standardTrusting",
    },
    {
      ...forwarded(
        "a trace and an id go on",
        "W3C Trace Context section 3.2; ids of clients",
        get(
          "/",
          "X-Request-ID: abc-1",
          "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          "tracestate: a=b",
        ),
        seen("GET /", {
          fields: ["tracestate: a=b"],
          added: ["X-Request-ID: abc-1", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
        }),
      ),
      profile: "tracing",
    },
  ],
};
