import type { Block, Libc } from "./libc/libc.ts";

/** Who has bytes in an outbox. */
export interface Sender {
  /** Sends the first `length` bytes of the block, or keeps a copy of what the kernel does not take. Calls nobody back. */
  sendGathered(block: Block, length: number): void;
  /** Nothing of it is in the outbox any more. Called once or more after each `sendGathered`; calls nobody back. */
  gatheredSent(): void;
}

/** What is larger leaves at once: to copy it would cost more than it saves. */
const maxBytes = 8 * 1024;
/** As many as there are events in a turn: each may bring one message on. */
const maxMessages = 64;

/**
 * The small messages of a turn, which leave together at its end.
 *
 * To send to a peer that sleeps wakes it, which costs as much as all the rest of a send. Sent one by one, with the work of a
 * request between two of them, each finds its peer asleep again; sent one behind the other, they find it awake.
 */
export class Outbox {
  /** A turn is under way, which ends with `flush`. */
  open = false;
  readonly #libc: Libc;
  /** One for each message. */
  readonly #blocks: Block[] = [];
  readonly #senders: Sender[] = [];
  readonly #lengths: number[] = [];

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  /** Takes a copy of a message; false when it is too large, or nothing, or this is not the time. */
  add(sender: Sender, bytes: Uint8Array): boolean {
    const { byteLength } = bytes;
    if (!this.open || byteLength > maxBytes || byteLength === 0) return false;
    if (this.#join(sender, bytes)) return true;
    if (this.#senders.length === maxMessages) this.flush();
    const next = this.#senders.length;
    if (next === this.#blocks.length) this.#blocks.push(this.#libc.allocate(maxBytes));
    (this.#blocks[next] as Block).bytes.set(bytes);
    this.#senders.push(sender);
    this.#lengths.push(byteLength);
    return true;
  }

  /** Puts it behind the last message, if that is of the same sender and has the room. */
  #join(sender: Sender, bytes: Uint8Array): boolean {
    const last = this.#senders.length - 1;
    if (last < 0 || this.#senders[last] !== sender) return false;
    const length = this.#lengths[last] as number;
    if (length + bytes.byteLength > maxBytes) return false;
    (this.#blocks[last] as Block).bytes.set(bytes, length);
    this.#lengths[last] = length + bytes.byteLength;
    return true;
  }

  /** Sends all, in their order. */
  flush(): void {
    const senders = this.#senders;
    if (senders.length === 0) return;
    try {
      for (let index = 0; index < senders.length; index++) {
        (senders[index] as Sender).sendGathered(this.#blocks[index] as Block, this.#lengths[index] as number);
      }
      for (const sender of senders) sender.gatheredSent();
    } finally {
      senders.length = 0;
      this.#lengths.length = 0;
    }
  }
}
