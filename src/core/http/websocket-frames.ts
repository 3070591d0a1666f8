/** What is needed to say goodbye in a WebSocket: where one frame ends and the next may begin (RFC 6455 section 5.2). */

const closeOpcode = 8;
const maskBit = 0x80;

/** A server's Close frame with status 1001, "going away" (sections 5.5.1 and 7.4.1). */
export const goingAway: Uint8Array = Uint8Array.of(0x80 | closeOpcode, 2, 1001 >> 8, 1001 & 0xff);

/** Follows the frames of one direction as their bytes pass. */
export class WebSocketFrames {
  /** There is a Close frame among them: nothing may follow it. */
  closed = false;
  /** Of the current frame's payload, with its mask. */
  #leftBytes = 0;
  /** How many bytes of the frame's head have come; 0: none. */
  #headBytes = 0;
  /** How many there are, as far as that is known. */
  #headLength = 2;
  #masked = false;
  #payloadBytes = 0;

  /** The last byte that passed was the last of a frame. */
  get atBoundary(): boolean {
    return this.#leftBytes === 0 && this.#headBytes === 0;
  }

  /** The next bytes have passed. */
  pass(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      if (this.#leftBytes === 0) this.#head(bytes[at++] as number);
      else {
        const taken = Math.min(this.#leftBytes, bytes.length - at);
        this.#leftBytes -= taken;
        at += taken;
      }
    }
  }

  #head(byte: number): void {
    this.#headBytes++;
    if (this.#headBytes === 1) {
      if ((byte & 15) === closeOpcode) this.closed = true;
    } else if (this.#headBytes === 2) {
      this.#masked = (byte & maskBit) !== 0;
      const length = byte & 127;
      this.#headLength = length === 127 ? 10 : length === 126 ? 4 : 2;
      this.#payloadBytes = length < 126 ? length : 0;
    } else {
      // A length beyond what is exact is no frame that anybody sends; its end is never reached.
      this.#payloadBytes = this.#payloadBytes * 256 + byte;
    }
    if (this.#headBytes < 2 || this.#headBytes < this.#headLength) return;
    this.#headBytes = 0;
    this.#leftBytes = this.#payloadBytes + (this.#masked ? 4 : 0);
  }
}
