/**
 * How a message's body ends (RFC 9112 section 6.3): `none` there is none; `length` after `Content-Length` bytes; `chunked`
 * with the last chunk; `close` with the connection (answers only).
 */
export type BodyKind = "none" | "length" | "chunked" | "close";
