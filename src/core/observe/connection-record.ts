import type { Address } from "../runtime/address.ts";
import type { OutcomeCode } from "./outcome.ts";

/** What is known about a connection when it is over: one access-log record. */
export interface ConnectionRecord {
  readonly listener: string;
  readonly upstream: string;
  readonly client: Address;
  /** The endpoint that served it, or was tried last; undefined when none was available. */
  readonly endpoint: Address | undefined;
  /** How many endpoints were tried. */
  readonly attempts: number;
  /** From the client to the endpoint. */
  readonly bytesUp: number;
  /** From the endpoint to the client. */
  readonly bytesDown: number;
  /** From accept to the upstream connection, failed attempts included; undefined when there never was one. */
  readonly connectMs: number | undefined;
  /** From accept to the end. */
  readonly durationMs: number;
  readonly outcome: OutcomeCode;
}
