import { Head } from "./head.ts";

/** The form of a request's target (RFC 9112 section 3.2). `authority` only with CONNECT, `asterisk` only with OPTIONS. */
export type TargetForm = "origin" | "absolute" | "authority" | "asterisk";

/**
 * The head of a request that may be forwarded: whatever is ambiguous was refused before. All positions are in `bytes`.
 * Method and names of header fields are tokens; no value holds CR, LF or NUL; there is one authority.
 */
export class RequestHead extends Head {
  methodStart = 0;
  methodEnd = 0;
  targetForm: TargetForm = "origin";
  /** The whole target as it was sent. */
  targetStart = 0;
  targetEnd = 0;
  /** The path, from its `/`, percent-encoded as sent. Of an absolute target without a path, and of the other forms: empty. */
  pathStart = 0;
  pathEnd = 0;
  /** What is behind `?`; empty when there is none. */
  queryStart = 0;
  queryEnd = 0;
  /** There is a `?`. */
  hasQuery = false;
  /**
   * Whom the request is for: the authority of an absolute target, else the value of `Host`, with its port; empty only in
   * HTTP/1.0 without `Host`. Within it, the host without its port: see `hostEnd`.
   */
  authorityStart = 0;
  authorityEnd = 0;
  /** The host is from `authorityStart` to here; of an IPv6 literal with its brackets. */
  hostEnd = 0;
  /** `Expect: 100-continue` in HTTP/1.1, with a body (RFC 9110 section 10.1.1). */
  expectsContinue = false;
  /** HEAD: the answer has no body. */
  isHead = false;
  /** GET, HEAD, OPTIONS, TRACE, PUT or DELETE: may be sent again (RFC 9110 section 9.2.2). */
  isIdempotent = false;

  get method(): string {
    return this.text(this.methodStart, this.methodEnd);
  }

  get target(): string {
    return this.text(this.targetStart, this.targetEnd);
  }

  get authority(): string {
    return this.text(this.authorityStart, this.authorityEnd);
  }
}
