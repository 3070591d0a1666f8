/** Which route matches a request, and what of the path it matched. One object serves all requests of a thread. */
export class RouteMatch {
  /** Of the route among those of its table. */
  index = -1;
  /**
   * Behind the matched prefix, in the bytes of the canonical path; the rest is empty or begins with a slash. With other
   * kinds of match: behind the whole path, of a template with `*rest` where the rest begins, without a path the start.
   */
  prefixEnd = 0;
  /** Where each capture begins and ends in the bytes of the canonical path: parameters of a template, groups of an expression. */
  captures: Int32Array = new Int32Array(16);
  captureCount = 0;

  /** One more capture. */
  capture(start: number, end: number): void {
    const at = 2 * this.captureCount++;
    if (at === this.captures.length) {
      const twice = new Int32Array(2 * at);
      twice.set(this.captures);
      this.captures = twice;
    }
    this.captures[at] = start;
    this.captures[at + 1] = end;
  }
}
