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
  /**
   * There is a valid `Content-Length`, also of an answer to HEAD and of a 304: `contentLength` is then what a body would have
   * had. Not of 1xx and 204, which may not have one: theirs was 0, and is not passed on.
   */
  hasContentLength = false;
  /** `timeout` of `Keep-Alive`: how long the endpoint keeps an idle connection. */
  keepAliveSeconds: number | undefined = undefined;

  /** 1xx: another head follows (101 apart). */
  get isInterim(): boolean {
    return this.status < 200;
  }
}
