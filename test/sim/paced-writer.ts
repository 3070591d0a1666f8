import type { SimSocket } from "./sim-socket.ts";

/** So many pieces of a push have a gap behind them, and no more: a test shall end. */
const maxGaps = 12;

interface Push {
  readonly bytes: Uint8Array;
  readonly pieceBytes: number;
  readonly gapMs: number;
  at: number;
  gaps: number;
}

/** Writes in pieces, with gaps, as the socket has room. */
export class PacedWriter {
  /** Bytes that the socket has taken. */
  written = 0;
  readonly #socket: SimSocket;
  /** Called after each piece, and when there is none left. */
  readonly #onWritten: () => void;
  readonly #pushes: Push[] = [];
  #waits = false;
  #stopped = false;

  constructor(socket: SimSocket, onWritten: () => void) {
    this.#socket = socket;
    this.#onWritten = onWritten;
  }

  /** Nothing is left to write. */
  get idle(): boolean {
    return this.#pushes.length === 0;
  }

  push(bytes: Uint8Array, pieceBytes: number, gapMs: number): void {
    if (this.#stopped) return;
    if (bytes.byteLength > 0) this.#pushes.push({ bytes, pieceBytes: Math.max(1, pieceBytes), gapMs, at: 0, gaps: 0 });
    this.#go();
  }

  drained(): void {
    this.#waits = false;
    this.#go();
  }

  /** What is left is not written. */
  stop(): void {
    this.#stopped = true;
    this.#pushes.length = 0;
  }

  #go(): void {
    for (let push = this.#pushes[0]; push !== undefined && !this.#waits; push = this.#pushes[0]) {
      const piece = push.bytes.subarray(push.at, push.at + push.pieceBytes);
      push.at += piece.byteLength;
      this.written += piece.byteLength;
      if (push.at === push.bytes.byteLength) this.#pushes.shift();
      const slow = push.gapMs > 0 && push.gaps++ < maxGaps;
      this.#waits = !this.#socket.write(piece) || slow;
      if (slow) {
        const { gapMs } = push;
        this.#socket.host.loop.after(gapMs, () => this.drained());
      }
      this.#onWritten();
    }
  }
}
