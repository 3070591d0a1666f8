/** Wall time as text for log lines, which come many a second: what is the same for all of a second is made once. */
export class LogTime {
  #isoSecond = -1;
  /** Up to the second. */
  #isoText = "";
  #clfSecond = -1;
  #clfText = "";

  /** RFC 3339, in UTC: `2026-11-21T22:24:05.123Z`. */
  iso(timestampMs: number): string {
    const second = Math.floor(timestampMs / 1000);
    if (second !== this.#isoSecond) {
      this.#isoSecond = second;
      this.#isoText = new Date(timestampMs).toISOString().slice(0, -4);
    }
    return `${this.#isoText}${String(timestampMs - second * 1000).padStart(3, "0")}Z`;
  }

  /** As in the Common Log Format, in UTC: `21/Nov/2026:22:24:05 +0000`. */
  clf(timestampMs: number): string {
    const second = Math.floor(timestampMs / 1000);
    if (second !== this.#clfSecond) {
      this.#clfSecond = second;
      // Sat, 21 Nov 2026 22:24:05 GMT
      const [, day, month, year, time] = new Date(timestampMs).toUTCString().split(" ");
      this.#clfText = `${day}/${month}/${year}:${time} +0000`;
    }
    return this.#clfText;
  }
}
