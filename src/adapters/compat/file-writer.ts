import { constants, fstatSync, openSync, write, writeSync } from "node:fs";
import { errorCode } from "./error-codes.ts";

/** Writes bytes to a descriptor; see `control/log/line-writer.ts`, which keeps one write under way at a time. */
export interface ByteWriter {
  /** Writes in the background and calls `done` once, with the part that was not written. */
  write(bytes: Uint8Array, done: (rest: Uint8Array) => void): void;
  /** Writes before it returns; gives up when nobody has read for a moment. For the last words of a process. */
  writeNow(bytes: Uint8Array): void;
}

const nothing = new Uint8Array(0);
/** PIPE_BUF on Linux. */
const atomicBytes = 4096;
/** How long the last words wait for a reader. */
const lastWordsMs = 200;

/** A writer on standard error or another descriptor that does not block: a log reader that stalls must not stall us. */
export function descriptorWriter(descriptor: number): ByteWriter {
  const pipe = openPipe(descriptor);
  return pipe === undefined ? threadedWriter(descriptor) : pipeWriter(pipe);
}

/**
 * A pipe opened anew through proc(5), non-blocking: the descriptor that we were given is shared with other processes,
 * so its flags are not ours to change. Undefined when it is not a pipe, or the system does not let us.
 */
function openPipe(descriptor: number): number | undefined {
  try {
    if (!fstatSync(descriptor).isFIFO()) return undefined;
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** A full pipe says EAGAIN at once: no thread is needed, and none hangs. */
function pipeWriter(pipe: number): ByteWriter {
  return {
    write: (bytes, done) => done(writeSome(pipe, bytes)),
    writeNow: (bytes) => writeUntilStalled(pipe, bytes),
  };
}

/** For files and terminals, through the runtime's own threads. */
function threadedWriter(descriptor: number): ByteWriter {
  return {
    write(bytes, done) {
      write(descriptor, bytes, 0, bytes.byteLength, null, (error, written) => {
        // EAGAIN: a descriptor that is not ours to make blocking. Other errors leave nothing to try again for.
        if (error === null) done(bytes.subarray(written));
        else done(error.code === "EAGAIN" ? bytes : nothing);
      });
    },
    writeNow: (bytes) => writeUntilStalled(descriptor, bytes),
  };
}

/**
 * Writes what there is room for and returns the rest; nothing when nobody can read it any more. In pieces that a pipe
 * takes whole or not at all (pipe(7), PIPE_BUF): Deno's `writeSync` does not tell how far it came when it fails.
 */
function writeSome(descriptor: number, bytes: Uint8Array): Uint8Array {
  let rest = bytes;
  try {
    while (rest.byteLength > 0) rest = rest.subarray(writeSync(descriptor, firstLines(rest)));
    return nothing;
  } catch (error) {
    return errorCode(error) === "EAGAIN" ? rest : nothing;
  }
}

/** As many whole lines as make an atomic write; a line that is longer is cut. */
function firstLines(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength <= atomicBytes) return bytes;
  const lastNewline = bytes.lastIndexOf(0x0a, atomicBytes - 1);
  return bytes.subarray(0, lastNewline < 0 ? atomicBytes : lastNewline + 1);
}

function writeUntilStalled(descriptor: number, bytes: Uint8Array): void {
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  let rest = writeSome(descriptor, bytes);
  for (let waitedMs = 0; rest.byteLength > 0 && waitedMs < lastWordsMs; waitedMs += 10) {
    Atomics.wait(sleep, 0, 0, 10);
    const left = writeSome(descriptor, rest);
    if (left.byteLength < rest.byteLength) waitedMs = 0;
    rest = left;
  }
}
