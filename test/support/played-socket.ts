import assert from "node:assert/strict";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../../src/core/runtime/socket.ts";

/** What happens in the test's world, one thing after the other: what follows from one comes when the core has returned. */
export class PlayedLoop {
  /** What an adapter lends to an `onData` that runs. */
  lent: ArrayBufferLike | undefined = undefined;
  readonly #due: (() => void)[] = [];
  #running = false;

  /** Does something, and then all that follows. */
  run(action: () => void): void {
    this.#due.push(action);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#due.shift(); next !== undefined; next = this.#due.shift()) next();
    } finally {
      this.#running = false;
    }
  }
}

/** A chunk that was written: `view` is what the socket was lent, `copy` how it looked then. */
interface Waiting {
  readonly view: Uint8Array;
  readonly copy: Uint8Array;
}

/**
 * The proxy's end of a connection whose other end the test plays. As strict as the port's contract lets it be: what comes is
 * valid during the call only, what was written must not change while it waits, nothing calls back before a method returns.
 */
export class PlayedSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly remoteAddress = { kind: "tcp", host: "192.0.2.1", port: 40_000 } as const;
  readonly localAddress = { kind: "tcp", host: "192.0.2.2", port: 80 } as const;
  /** What the other end got, a character for each byte. */
  received = "";
  /** The other end got FIN. */
  gotEnd = false;
  /** How the proxy closed it, or the other end did. */
  closed: "no" | "reset" | "destroyed" | CloseReason = "no";
  /** Most that ever waited here to be taken. */
  mostBuffered = 0;
  paused = true;
  readonly #loop: PlayedLoop;
  readonly #highWaterMarkBytes: number;
  readonly #waiting: Waiting[] = [];
  /** What comes while the proxy does not read: chunks, and FIN. */
  readonly #arriving: (Uint8Array | "end")[] = [];
  /** How many bytes more the other end takes. */
  #room = Infinity;
  #nextAt = 0;
  #buffered = 0;
  #owesDrain = false;
  #ended = false;
  #peerEnded = false;

  constructor(loop: PlayedLoop, highWaterMarkBytes: number) {
    this.#loop = loop;
    this.#highWaterMarkBytes = highWaterMarkBytes;
  }

  // --- what the other end does ---

  /** Sends, in one piece. */
  send(text: string): void {
    this.#arriving.push(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    this.#loop.run(() => this.#deliver());
  }

  /** Sends FIN. */
  sendEnd(): void {
    this.#arriving.push("end");
    this.#loop.run(() => this.#deliver());
  }

  /** The connection is over, by RST or otherwise. */
  abort(reason: CloseReason = "reset"): void {
    this.#loop.run(() => this.#over(reason));
  }

  /** Takes nothing from here on. */
  stall(): void {
    this.#room = 0;
  }

  /** Takes so many bytes more. */
  take(count = Infinity): void {
    this.#loop.run(() => {
      this.#room = count;
      this.#move();
      if (this.#buffered === 0 && this.#owesDrain) {
        this.#owesDrain = false;
        if (!this.#ended) this.handler.onDrain();
      }
      this.#checkEnd();
    });
  }

  /** What the other end got since the last call. */
  next(): string {
    const text = this.received.slice(this.#nextAt);
    this.#nextAt = this.received.length;
    return text;
  }

  /** What the other end has sent and the proxy has not read. */
  get unreadBytes(): number {
    return this.#arriving.reduce((sum, one) => sum + (one === "end" ? 0 : one.length), 0);
  }

  // --- the port ---

  get bufferedBytes(): number {
    return this.#buffered;
  }

  write(bytes: Uint8Array): boolean {
    if (this.closed !== "no") return true;
    assert.ok(!this.#ended, "no write after end");
    const view = bytes.buffer === this.#loop.lent ? bytes.slice() : bytes;
    this.#waiting.push({ view, copy: bytes.slice() });
    this.#buffered += bytes.length;
    this.#move();
    this.mostBuffered = Math.max(this.mostBuffered, this.#buffered);
    if (this.#buffered <= this.#highWaterMarkBytes) return true;
    this.#owesDrain = true;
    return false;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#loop.run(() => this.#deliver());
  }

  end(): void {
    if (this.closed !== "no") return;
    this.#ended = true;
    if (this.#buffered === 0) this.gotEnd = true;
    this.#loop.run(() => this.#checkEnd());
  }

  reset(): void {
    this.#close("reset");
  }

  destroy(): void {
    this.#close("destroyed");
  }

  #deliver(): void {
    while (!this.paused && this.closed === "no") {
      const next = this.#arriving.shift();
      if (next === undefined) break;
      if (next === "end") {
        this.#peerEnded = true;
        this.handler.onEnd();
        this.#checkEnd();
        break;
      }
      this.#loop.lent = next.buffer;
      this.handler.onData(next);
      this.#loop.lent = undefined;
      // The adapter reads into it again.
      next.fill("#".charCodeAt(0));
    }
  }

  /** The other end takes what it has room for. */
  #move(): void {
    while (this.#room > 0) {
      const first = this.#waiting.shift();
      if (first === undefined) break;
      const { view, copy } = first;
      assert.ok(
        view.every((byte, index) => byte === copy[index]),
        "what was written has not changed while it waited",
      );
      const taken = Math.min(this.#room, view.length);
      this.received += Buffer.from(copy.subarray(0, taken)).toString("latin1");
      this.#room -= taken;
      this.#buffered -= taken;
      if (taken < view.length) this.#waiting.unshift({ view: view.subarray(taken), copy: copy.subarray(taken) });
    }
    if (this.#ended && this.#buffered === 0 && this.closed === "no") this.gotEnd = true;
  }

  #checkEnd(): void {
    if (this.gotEnd && this.#peerEnded) this.#over("ended");
  }

  #over(reason: CloseReason): void {
    if (this.closed !== "no") return;
    this.#close(reason);
    this.handler.onClose(reason);
  }

  #close(how: "reset" | "destroyed" | CloseReason): void {
    if (this.closed !== "no") return;
    this.closed = how;
    this.#waiting.length = 0;
    this.#buffered = 0;
    this.#arriving.length = 0;
  }
}
