import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goingAway, WebSocketFrames } from "../../../src/core/http/websocket-frames.ts";

/** A frame with a payload of so many bytes; `mask` as a client sends it. */
function frame(opcode: number, length: number, mask = false): Uint8Array {
  const bit = mask ? 0x80 : 0;
  const head =
    length < 126
      ? [length | bit]
      : length < 65_536
        ? [126 | bit, length >> 8, length & 255]
        : [127 | bit, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255];
  // 0x88 everywhere: a payload must not be read as a Close.
  return Uint8Array.from([
    0x80 | opcode,
    ...head,
    ...(mask ? [1, 2, 3, 4] : []),
    ...Array.from({ length }, () => 0x88),
  ]);
}

describe("WebSocketFrames", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536]) {
    for (const mask of [false, true]) {
      it(`a frame of ${length} bytes, ${mask ? "masked" : "plain"}, ends where it ends, in any pieces`, () => {
        const bytes = frame(1, length, mask);
        for (const size of [1, 7, bytes.length]) {
          const frames = new WebSocketFrames();
          for (let at = 0; at < bytes.length; at += size) {
            assert.equal(frames.atBoundary, at === 0);
            frames.pass(bytes.subarray(at, at + size));
          }
          assert.deepEqual([frames.atBoundary, frames.closed], [true, false]);
        }
      });
    }
  }

  it("knows a Close", () => {
    const frames = new WebSocketFrames();
    frames.pass(frame(9, 4));
    assert.ok(!frames.closed);
    frames.pass(goingAway);
    assert.deepEqual([frames.closed, frames.atBoundary], [true, true]);
    assert.deepEqual([...goingAway], [0x88, 2, 0x03, 0xe9]);
  });
});
