import type { Address } from "../runtime/address.ts";
import type { OutcomeCode } from "./outcome.ts";

/** What is known about an exchange, one request with its response, when it is over: one access-log record. */
export interface ExchangeRecord {
  readonly listener: string;
  /** Undefined when no route matched, or the request could not be read. */
  readonly route: string | undefined;
  readonly upstream: string | undefined;
  /** The endpoint that answered, or was tried last. */
  readonly endpoint: Address | undefined;
  /** The peer of the connection. */
  readonly peer: Address;
  /** The client: the peer, or who a trusted proxy says. */
  readonly client: string;
  /** As sent, a character for each byte; empty when the request could not be read. */
  readonly method: string;
  readonly host: string;
  readonly target: string;
  readonly protocol: "HTTP/1.0" | "HTTP/1.1";
  readonly userAgent: string;
  readonly referer: string;
  readonly requestId: string;
  /** 32 hex digits of the trace (W3C Trace Context); empty without one. */
  readonly traceId: string;
  /** The status that the client got; 0 when it got none. */
  readonly status: number;
  readonly outcome: OutcomeCode;
  /** In words, where the outcome has several reasons: `two content-length`; else empty. */
  readonly reason: string;
  /** How many attempts were made. */
  readonly attempts: number;
  /** The connection to the endpoint had served an exchange before. */
  readonly reused: boolean;
  /** Of the bodies, without their framing. */
  readonly bytesUp: number;
  readonly bytesDown: number;
  /** How long it waited for room at an endpoint; undefined when it did not. */
  readonly queueMs: number | undefined;
  /** How long the last connect took; undefined when none was made. */
  readonly connectMs: number | undefined;
  /** From the request's head to the first byte of the answer's; undefined when none came. */
  readonly firstByteMs: number | undefined;
  /** From the request's head to the end. */
  readonly durationMs: number;
}
