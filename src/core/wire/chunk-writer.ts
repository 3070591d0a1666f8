/** The framing of chunked bodies as it is sent (RFC 9112 section 7.1): sizes in lower case, no extension. */
import type { ByteWriter } from "../bytes/byte-writer.ts";
import { carriageReturn, lineFeed } from "../bytes/octets.ts";

const zero = "0".charCodeAt(0);
const letterA = "a".charCodeAt(0);

/** A whole chunk with `from[start]` to `from[end - 1]`. None of no bytes: that would be the last one. */
export function writeChunk(into: ByteWriter, from: Uint8Array, start: number, end: number): void {
  if (start === end) return;
  writeChunkSize(into, end - start);
  into.range(from, start, end);
  writeCrlf(into);
}

/** What is before the bytes of a chunk, when they are sent from where they are; `writeCrlf` goes behind them. */
export function writeChunkSize(into: ByteWriter, size: number): void {
  let shift = 28;
  while (shift > 0 && size >>> shift === 0) shift -= 4;
  for (; shift >= 0; shift -= 4) {
    const digit = (size >>> shift) & 15;
    into.byte(digit < 10 ? zero + digit : letterA + digit - 10);
  }
  writeCrlf(into);
}

/** The end of a line, and of a chunk's bytes. */
export function writeCrlf(into: ByteWriter): void {
  into.byte(carriageReturn);
  into.byte(lineFeed);
}

/** The last chunk and the trailers, which are whole lines, such as `BodyReader.trailers`. */
export function writeLastChunk(into: ByteWriter, trailers?: ByteWriter): void {
  into.byte(zero);
  writeCrlf(into);
  if (trailers !== undefined) into.range(trailers.bytes, 0, trailers.length);
  writeCrlf(into);
}
