/**
 * How a strict adapter hands out bytes: a copy that is good during the call only. A user that keeps the view, changes
 * it, or writes it later is found out.
 */
import { Buffer } from "node:buffer";
import type { Wire } from "./wire.ts";

const scratch = new Uint8Array(65_536);
const spoiled = 0xa5;

/** An `onData` runs: the scratch is good. */
let inCall = false;

/** Calls `use` with the parts as one chunk, which is spoiled afterwards. Returns whether `use` left it as it was. */
export function lend(parts: readonly Uint8Array[], use: (chunk: Uint8Array) => void): boolean {
  let length = 0;
  for (const part of parts) {
    scratch.set(part, length);
    length += part.byteLength;
  }
  inCall = true;
  use(scratch.subarray(0, length));
  inCall = false;
  let offset = 0;
  let unchanged = true;
  for (const part of parts) {
    unchanged &&= Buffer.compare(part, scratch.subarray(offset, offset + part.byteLength)) === 0;
    offset += part.byteLength;
  }
  scratch.fill(spoiled, 0, length);
  return unchanged;
}

/** Whether bytes that are written now were lent in a call that is over. */
export function isStale(bytes: Uint8Array): boolean {
  return bytes.buffer === scratch.buffer && !inCall;
}

/** Takes what a wire has received, up to `bytes`, in the parts it came in. */
export function takeUpTo(wire: Wire, bytes: number, nowMs: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let left = bytes;
  while (left > 0) {
    const head = wire.received[0];
    if (head === undefined) break;
    if (head.byteLength <= left) {
      wire.received.shift();
      parts.push(head);
      left -= head.byteLength;
    } else {
      parts.push(head.subarray(0, left));
      wire.received[0] = head.subarray(left);
      left = 0;
    }
  }
  wire.receivedBytes -= bytes - left;
  wire.unreadSinceMs = nowMs;
  return parts;
}
