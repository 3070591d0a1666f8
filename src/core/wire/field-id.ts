import { HeaderId } from "./header-id.ts";

/** The names of the fields in `HeaderId`, in lower case. */
const names: Readonly<Record<Exclude<keyof typeof HeaderId, "other" | "option">, string>> = {
  host: "host",
  contentLength: "content-length",
  transferEncoding: "transfer-encoding",
  connection: "connection",
  keepAlive: "keep-alive",
  proxyConnection: "proxy-connection",
  te: "te",
  trailer: "trailer",
  upgrade: "upgrade",
  expect: "expect",
  via: "via",
  maxForwards: "max-forwards",
  proxyAuthenticate: "proxy-authenticate",
  proxyAuthorization: "proxy-authorization",
  forwarded: "forwarded",
  xForwardedFor: "x-forwarded-for",
  xForwardedProto: "x-forwarded-proto",
  xForwardedHost: "x-forwarded-host",
  xForwardedPort: "x-forwarded-port",
  xRealIp: "x-real-ip",
  xRequestId: "x-request-id",
  traceparent: "traceparent",
  tracestate: "tracestate",
  accept: "accept",
  authorization: "authorization",
  cookie: "cookie",
  setCookie: "set-cookie",
  userAgent: "user-agent",
  referer: "referer",
  contentType: "content-type",
  contentEncoding: "content-encoding",
  acceptEncoding: "accept-encoding",
  cacheControl: "cache-control",
  location: "location",
  date: "date",
  server: "server",
  retryAfter: "retry-after",
  secWebSocketKey: "sec-websocket-key",
  secWebSocketVersion: "sec-websocket-version",
  secWebSocketProtocol: "sec-websocket-protocol",
  xForwardedPrefix: "x-forwarded-prefix",
  xForwardedServer: "x-forwarded-server",
  xForwardedSsl: "x-forwarded-ssl",
};

/** Names of this length or longer have no id. */
const lengthEnd = 32;
/** By length and the five low bits of the first byte: the first id with such a name; and by id, the next one. */
const firstIds = new Uint8Array(lengthEnd * 32);
const nextIds = new Uint8Array(64);
/** All names in a row, and by id, where each begins. */
const text: Uint8Array = new TextEncoder().encode(Object.values(names).join(""));
const textStarts = new Uint16Array(64);

let textStart = 0;
for (const [key, name] of Object.entries(names)) {
  const id = HeaderId[key as keyof typeof names];
  const slot = (name.length << 5) | (name.charCodeAt(0) & 31);
  nextIds[id] = firstIds[slot] as number;
  firstIds[slot] = id;
  textStarts[id] = textStart;
  textStart += name.length;
}

/** The id of a field by its name, which is a token, in upper or lower case; 0 (`other`) for all that have none. */
export function fieldId(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  if (length >= lengthEnd) return 0;
  let id = firstIds[(length << 5) | ((bytes[start] as number) & 31)] as number;
  while (id !== 0) {
    // From the end, where names that begin alike differ. In a token only a letter becomes another one of these by its case bit.
    let at = end - 1;
    let known = (textStarts[id] as number) + length - 1;
    while (at >= start && ((bytes[at] as number) | 32) === text[known]) {
      at--;
      known--;
    }
    if (at < start) return id;
    id = nextIds[id] as number;
  }
  return 0;
}
