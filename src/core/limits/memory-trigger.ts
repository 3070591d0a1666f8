/** How long connections are refused at least, once memory has grown too far. */
const pauseMs = 10_000;
/** The share of the room above that memory may grow by before the next pause, and the least it may grow by. */
const stepOfRoom = 0.25;
const minStep = 0.01;
/** Below this share of the threshold it is as if nothing had been. */
const forgetBelow = 0.95;

/**
 * When to refuse connections for lack of memory.
 *
 * Resident memory tells how much was needed once, not how much is: allocators and garbage collectors keep what was
 * freed, and give it back late or never, so after a burst it may stay above any threshold while most of it is free.
 * Refusing until it falls could mean for ever; and a program that serves nobody collects no garbage.
 *
 * So it pauses: from the threshold on connections are refused for 10 s, in which running ones end and free what they
 * had. Then they are let in again until memory has *grown* further, by a quarter of the room that is left (at least 1 %
 * of what the process may use): where freed memory is used again it does not grow, and service is whole again. Where it
 * does grow, the next pause begins, and each step is smaller; growth during a pause prolongs it. Once memory is below
 * 95 % of the threshold all starts anew.
 *
 * What this cannot do: a process that really leaks, or whose running connections alone need more than there is, gets to
 * the end of its memory later, but gets there.
 */
export class MemoryTrigger {
  readonly #startAt: number;
  /** The share at which the next pause begins. */
  #mark: number;
  #pauseEndMs = 0;
  #on = false;

  /** `startAt` is a share of what the process may use. */
  constructor(startAt: number) {
    this.#startAt = startAt;
    this.#mark = startAt;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Takes the share that is in use at a time of the monotonic clock. */
  take(share: number, nowMs: number): void {
    if (share >= this.#mark) {
      this.#on = true;
      this.#pauseEndMs = nowMs + pauseMs;
      this.#mark = nextMark(share);
    } else if (share < this.#startAt * forgetBelow) {
      this.#on = false;
      this.#mark = this.#startAt;
    } else if (this.#on && nowMs >= this.#pauseEndMs) {
      this.#on = false;
      // Growth counts from what the pause left, not from what it began with.
      this.#mark = Math.max(this.#startAt, nextMark(share));
    }
  }
}

function nextMark(share: number): number {
  return share + Math.max(minStep, (1 - share) * stepOfRoom);
}
