/** The pattern as traffic on sockets of the port. */
import { isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import type { Recorder } from "./sockets.ts";

/** Sends so much of the pattern, from an offset, as fast as the socket takes it, then calls `done`. */
export function writePattern(side: Recorder, total: number, done: () => void, offset = 0): () => number {
  let sent = 0;
  let maxBuffered = 0;
  const fill = (): void => {
    while (sent < total) {
      const chunk = patternBytes(offset + sent, total - sent);
      sent += chunk.byteLength;
      const goOn = side.socket.write(chunk);
      maxBuffered = Math.max(maxBuffered, side.socket.bufferedBytes);
      if (!goOn) return;
    }
    side.whenDrain = () => {};
    done();
  };
  side.whenDrain = fill;
  fill();
  return () => maxBuffered;
}

/** Sends the pattern and checks the peer's, until both are through. */
export async function exchangePattern(
  side: Recorder,
  total: number,
): Promise<{ received: number; intact: boolean; maxBuffered: number }> {
  let received = 0;
  let intact = true;
  side.whenData = (bytes) => {
    intact &&= isPattern(received, bytes);
    received += bytes.byteLength;
  };
  side.socket.resume();
  const maxBuffered = writePattern(side, total, () => side.socket.end());
  await side.ended;
  return { received, intact, maxBuffered: maxBuffered() };
}
