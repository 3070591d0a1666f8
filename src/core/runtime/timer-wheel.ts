/**
 * One coarse timer for all deadlines of connections. Setting, moving and dropping a deadline costs a few assignments;
 * a timer each would cost a heap operation per chunk that moves. (Varghese and Lauck, "Hashed and hierarchical timing
 * wheels", SOSP 1987, scheme 6.)
 */
import type { Clock, Timer } from "./clock.ts";

/** How late a deadline may be noticed, at most twice over. */
export const tickMs = 50;
/** The most that counts of the time between two looks at the clock: what is above, the loop stood still. */
const maxStepMs = 2 * tickMs;
/** One turn of the wheel is 25.6 s; an entry due later is passed over until its turn. */
const slotCount = 512;

/** Something with a deadline. It sits in at most one wheel. */
export abstract class Deadline {
  /** When it is due, by the wheel's time. May be moved *later* by plain assignment; the wheel looks when it comes by. */
  deadlineMs: number = Infinity;
  /** The wheel's own. */
  previousInSlot: Deadline | undefined = undefined;
  /** The wheel's own; undefined while not in a wheel. */
  nextInSlot: Deadline | undefined = undefined;

  /** The deadline has passed, and the entry has left the wheel. */
  abstract onDeadline(): void;
}

/** The head of a circular list of entries. */
class ListHead extends Deadline {
  constructor() {
    super();
    this.previousInSlot = this;
    this.nextInSlot = this;
  }

  override onDeadline(): void {}
}

/**
 * Calls `onDeadline` of its entries, never early and within two ticks. Its clock runs only while it has entries.
 *
 * It counts the time in which the event loop turns. After the loop stood still (a garbage collection, a suspend, a busy
 * machine) there may be bytes and answers in the kernel that nobody has been told of yet: that time is nobody's delay.
 */
export class TimerWheel {
  readonly #clock: Clock;
  readonly #slots: readonly ListHead[] = Array.from({ length: slotCount }, () => new ListHead());
  readonly #passing = new ListHead();
  #size = 0;
  #timer: Timer | undefined;
  /** The last tick that was looked at. */
  #tick = 0;
  /** The time that counts. */
  #nowMs = 0;
  /** What the clock said when `#nowMs` was last advanced. */
  #clockMs = 0;
  /** The last turn left all deadlines to the next one. */
  #waitedForSockets = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many entries wait. */
  get size(): number {
    return this.#size;
  }

  /** The time that counts, as of the last turn or `set`: free to read, and a tick old at most while there are entries. */
  get coarseNowMs(): number {
    return this.#nowMs;
  }

  /** Sets or moves a deadline to `delayMs` from now. `clockMs`: what the clock says, from who has just asked it. */
  set(entry: Deadline, delayMs: number, clockMs: number = this.#clock.now()): void {
    // Not the coarse time: that would be up to a tick early.
    if (this.#size === 0) this.#start(clockMs);
    else this.#advance(clockMs);
    const due = this.#nowMs + delayMs;
    if (entry.nextInSlot !== undefined) {
      if (due >= entry.deadlineMs) {
        entry.deadlineMs = due;
        return;
      }
      unlink(entry);
      this.#size--;
    }
    entry.deadlineMs = due;
    this.#link(entry);
    this.#size++;
  }

  /** Takes an entry out; harmless when it is not in. */
  drop(entry: Deadline): void {
    if (entry.nextInSlot === undefined) return;
    unlink(entry);
    this.#size--;
    if (this.#size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #start(clockMs: number): void {
    this.#clockMs = clockMs;
    this.#tick = Math.floor(this.#nowMs / tickMs);
    this.#timer ??= this.#clock.after(tickMs, () => this.#turn());
  }

  /** Returns whether the loop stood still. */
  #advance(clockMs: number): boolean {
    const passedMs = clockMs - this.#clockMs;
    // Somebody else may have asked later, and told earlier.
    if (passedMs <= 0) return false;
    this.#nowMs += Math.min(passedMs, maxStepMs);
    this.#clockMs = clockMs;
    return passedMs > maxStepMs;
  }

  #turn(): void {
    this.#timer = undefined;
    const stoodStill = this.#advance(this.#clock.now());
    // The sockets come first, once; a loop that is slow all the time must not keep deadlines from firing.
    this.#waitedForSockets = stoodStill && !this.#waitedForSockets;
    if (this.#waitedForSockets) {
      this.#timer = this.#clock.after(tickMs, () => this.#turn());
      return;
    }
    const until = Math.floor(this.#nowMs / tickMs);
    for (let tick = this.#tick + 1; tick <= until; tick++) {
      this.#tick = tick;
      this.#pass(tick % slotCount);
    }
    // An entry that came into the empty wheel during the turn has started the clock already.
    if (this.#size > 0) this.#timer ??= this.#clock.after(tickMs, () => this.#turn());
  }

  /** Fires what is due in a slot and puts the rest back. `onDeadline` may set and drop any entry. */
  #pass(slot: number): void {
    const head = this.#slots[slot];
    if (head === undefined || head.nextInSlot === head) return;
    moveAll(head, this.#passing);
    for (let entry = this.#passing.nextInSlot; entry !== undefined && entry !== this.#passing;) {
      unlink(entry);
      if (entry.deadlineMs <= this.#nowMs) {
        this.#size--;
        entry.onDeadline();
      } else {
        this.#link(entry);
      }
      entry = this.#passing.nextInSlot;
    }
  }

  #link(entry: Deadline): void {
    const tick = Math.max(Math.ceil(entry.deadlineMs / tickMs), this.#tick + 1);
    const head = this.#slots[tick % slotCount];
    if (head !== undefined) insertBefore(head, entry);
  }
}

function insertBefore(head: Deadline, entry: Deadline): void {
  const last = head.previousInSlot ?? head;
  entry.previousInSlot = last;
  entry.nextInSlot = head;
  last.nextInSlot = entry;
  head.previousInSlot = entry;
}

function unlink(entry: Deadline): void {
  const { previousInSlot: previous, nextInSlot: next } = entry;
  if (previous !== undefined) previous.nextInSlot = next;
  if (next !== undefined) next.previousInSlot = previous;
  entry.previousInSlot = undefined;
  entry.nextInSlot = undefined;
}

/** Moves the whole list of `from` to the empty `to`. */
function moveAll(from: ListHead, to: ListHead): void {
  const { nextInSlot: first, previousInSlot: last } = from;
  if (first === undefined || last === undefined) return;
  to.nextInSlot = first;
  to.previousInSlot = last;
  first.previousInSlot = to;
  last.nextInSlot = to;
  from.nextInSlot = from;
  from.previousInSlot = from;
}
