import { write, writeSync } from "node:fs";

/** Writes text to a descriptor; see `control/log/line-writer.ts`, which keeps one write under way at a time. */
export interface TextWriter {
  /** Writes in the background and calls `done` once, with the part that was not written. */
  write(text: string, done: (rest: string) => void): void;
  /** Writes before it returns: for the last words of a process. */
  writeNow(text: string): void;
}

/**
 * A writer on standard error or another descriptor. Not `process.stderr.write`: on a pipe that is synchronous, and a
 * log reader that stalls would stall the proxy.
 */
export function descriptorWriter(descriptor: number): TextWriter {
  return {
    write(text, done) {
      const bytes = Buffer.from(text);
      write(descriptor, bytes, 0, bytes.byteLength, null, (error, written) => {
        // EAGAIN: the other end of a non-blocking pipe is full. Other errors leave nothing to try again for.
        const rest = error === null ? bytes.subarray(written) : error.code === "EAGAIN" ? bytes : undefined;
        done(rest === undefined ? "" : rest.toString());
      });
    },
    writeNow(text) {
      try {
        writeSync(descriptor, text);
      } catch {
        // Nobody reads any more, and there is nobody left to tell.
      }
    },
  };
}
