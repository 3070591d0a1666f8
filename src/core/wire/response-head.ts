import { Head } from "./head.ts";

/**
 * The head of an answer that may be passed on. Its `bodyKind` says how the endpoint frames what follows, given the request
 * it answers: `none` for HEAD, 1xx, 204 and 304.
 */
export class ResponseHead extends Head {
  /** 100 to 599. */
  status = 0;
  /** The reason phrase, maybe empty. */
  reasonStart = 0;
  reasonEnd = 0;
  /** There is a valid `Content-Length` (also where there is no body: HEAD, 304). */
  hasContentLength = false;

  /** 1xx: another head follows (101 apart). */
  get isInterim(): boolean {
    return this.status < 200;
  }
}
