import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { Clock } from "../../runtime/clock.ts";

/** Milliseconds since 1970 UTC as RFC 3339 has it: `2026-11-21T22:24:05.123Z`. */
export function rfc3339(wallTimeMs: number): string {
  return dateOf(wallTimeMs).toISOString();
}

function dateOf(wallTimeMs: number): Date {
  // oxlint-disable-next-line no-restricted-globals -- of a time that is given: it asks no clock
  return new Date(wallTimeMs);
}

/** The time as `Date` has it (RFC 9110 section 5.6.7), made once a second: one for each thread. */
export class HttpDate {
  readonly #clock: Clock;
  #second = -1;
  /** The whole field, with CRLF. */
  #line = new Uint8Array(0);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Writes the field. */
  write(out: ByteWriter): void {
    const wallTimeMs = this.#clock.wallTime();
    const second = Math.floor(wallTimeMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = new TextEncoder().encode(`Date: ${dateOf(wallTimeMs).toUTCString()}\r\n`);
    }
    out.all(this.#line);
  }
}
