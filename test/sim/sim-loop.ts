import type { Clock, Timer } from "../../src/core/runtime/clock.ts";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";

/** Something that has news for its process: told in a turn of the loop, never in the middle of a call. */
export interface Ready {
  runReady(): void;
}

/** Where the monotonic clock of a process starts: not at 0, and not a whole number. */
const monotonicStartMs = 86_400_000.25;
/** Where the wall clock starts. */
const wallStartMs = 1_700_000_000_000;

/**
 * The event loop of one process: its clock, its timers and its turns. It can stand still, while the network goes on;
 * what piled up comes after that, timers and sockets in any order.
 */
export class SimLoop implements Clock {
  /** Timers that have neither fired nor been cancelled. */
  timers = 0;
  readonly #queue: EventQueue;
  readonly #dice: Dice;
  readonly #timerLatenessMs: number;
  #ready: Ready[] = [];
  #turnIsSet = false;
  #busyUntilMs = 0;
  #wallJumpMs = 0;
  #stopped = false;
  readonly #startMs: number;

  /** Timers fire up to `timerLatenessMs` late; the monotonic clock is `clockAheadMs` ahead of others'. */
  constructor(queue: EventQueue, dice: Dice, timerLatenessMs: number, clockAheadMs = 0) {
    this.#queue = queue;
    this.#dice = dice;
    this.#timerLatenessMs = timerLatenessMs;
    this.#startMs = monotonicStartMs + clockAheadMs;
  }

  /** It stands still for now. */
  get busy(): boolean {
    return this.#busyUntilMs > this.#queue.nowMs;
  }

  now(): number {
    return this.#startMs + this.#queue.nowMs;
  }

  wallTime(): number {
    return wallStartMs + Math.floor(this.#queue.nowMs) + this.#wallJumpMs;
  }

  after(delayMs: number, callback: () => void): Timer {
    this.timers++;
    let open = true;
    const fire = (): void => {
      if (this.#stopped) return;
      if (this.#busyUntilMs > this.#queue.nowMs) {
        event = this.#queue.at(this.#afterStallMs(), fire);
        return;
      }
      open = false;
      this.timers--;
      callback();
    };
    let event = this.#queue.after(Math.max(0, delayMs) + this.#dice.next() * this.#timerLatenessMs, fire);
    return {
      cancel: (): void => {
        if (!open) return;
        open = false;
        this.timers--;
        event.cancel();
      },
    };
  }

  /** Lets `task` tell its news in the next turn. */
  wake(task: Ready): void {
    if (this.#stopped) return;
    this.#ready.push(task);
    this.#setTurn();
  }

  /** It never turns again. */
  stop(): void {
    this.#stopped = true;
    this.timers = 0;
    this.#ready = [];
  }

  /** The loop stands still for so long. */
  stall(ms: number): void {
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#queue.nowMs + ms);
  }

  jumpWallClock(ms: number): void {
    this.#wallJumpMs += ms;
  }

  #setTurn(): void {
    if (this.#turnIsSet) return;
    this.#turnIsSet = true;
    this.#queue.after(0.01, () => this.#turn());
  }

  /** A little after the stall, so that a timer may come before or after what sockets have to tell. */
  #afterStallMs(): number {
    return this.#busyUntilMs + this.#dice.next() * 0.1;
  }

  #turn(): void {
    if (this.#busyUntilMs > this.#queue.nowMs) {
      this.#queue.at(this.#afterStallMs(), () => this.#turn());
      return;
    }
    this.#turnIsSet = false;
    const ready = this.#ready;
    this.#ready = [];
    for (let left = ready.length; left > 0; left--) {
      const at = left === 1 ? 0 : this.#dice.int(0, left - 1);
      const task = ready[at];
      const last = ready[left - 1];
      if (last !== undefined) ready[at] = last;
      if (this.#stopped) return;
      task?.runReady();
    }
  }
}
