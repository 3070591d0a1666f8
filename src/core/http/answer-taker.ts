import type { OutcomeCode } from "../observe/outcome.ts";
import type { ResponseHead } from "../wire/response-head.ts";

/** Who is told what comes on a connection to an endpoint: whoever has sent a request there. */
export interface AnswerTaker {
  /** The answer has no body, whatever its head says. */
  readonly isHead: boolean;
  /**
   * The head of an answer, which is valid during this call only. What follows it in `bytes`, from `at`, may be its body: the position
   * up to which it was taken.
   */
  responseHead(head: ResponseHead, bytes: Uint8Array, at: number, end: number): number;
  /** More of the answer's body: the position up to which it was taken. */
  responseBytes(bytes: Uint8Array, at: number, end: number): number;
  /** What the endpoint sent is no answer. */
  responseMalformed(reason: string): void;
  /** The endpoint takes more of the request. */
  endpointDrained(): void;
  /** The endpoint has sent FIN. */
  endpointEnded(): void;
  /** The connection is over before the answer was. */
  endpointLost(outcome: OutcomeCode): void;
}
