/**
 * The header fields that the proxy itself knows, as small numbers, so that no name is compared twice. All others are
 * `other` and keep their name as bytes.
 */
export const HeaderId = {
  other: 0,
  // Framing and routing: RFC 9112, RFC 9110 section 7.
  host: 1,
  contentLength: 2,
  transferEncoding: 3,
  connection: 4,
  keepAlive: 5,
  proxyConnection: 6,
  te: 7,
  trailer: 8,
  upgrade: 9,
  expect: 10,
  via: 11,
  maxForwards: 12,
  proxyAuthenticate: 13,
  proxyAuthorization: 14,
  // Who is behind us: RFC 7239 and what was used before it.
  forwarded: 15,
  xForwardedFor: 16,
  xForwardedProto: 17,
  xForwardedHost: 18,
  xForwardedPort: 19,
  xRealIp: 20,
  xRequestId: 21,
  traceparent: 22,
  tracestate: 23,
  // What rules and logs read.
  accept: 24,
  authorization: 25,
  cookie: 26,
  setCookie: 27,
  userAgent: 28,
  referer: 29,
  contentType: 30,
  contentEncoding: 31,
  acceptEncoding: 32,
  cacheControl: 33,
  location: 34,
  date: 35,
  server: 36,
  retryAfter: 37,
  secWebSocketKey: 38,
  secWebSocketVersion: 39,
  secWebSocketProtocol: 40,
  xForwardedPrefix: 41,
  xForwardedServer: 42,
  xForwardedSsl: 43,
  /** Not known otherwise, and named by `Connection`: it goes no further (RFC 9110 section 7.6.1). */
  option: 44,
} as const;

/** One of them. */
export type HeaderIdValue = (typeof HeaderId)[keyof typeof HeaderId];
