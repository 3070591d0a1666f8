import type { SharedMemory } from "../memory/shared-memory.ts";
import { Word } from "../memory/word.ts";
import type { Clock, Timer } from "../runtime/clock.ts";
import type { CircuitBreakerSettings } from "../server/settings.ts";
import type { AttemptResult } from "./attempt-result.ts";
import { FailureStreak } from "./failure-streak.ts";

/** Where a circuit breaker is. */
export type BreakerState = "closed" | "open" | "half-open";

/**
 * Keeps attempts away from what fails, and finds out with a few whether it works again.
 *
 * ```
 * closed ──`failures` in a row──▶ open ──`openMs` later──▶ half-open ──`successes`──▶ closed
 *                                   ▲                          │
 *                                   └────── a probe fails ─────┘
 * ```
 *
 * While half-open, `halfOpenProbes` attempts at a time go through and the rest stays away: no stampede on what has
 * just come back. (M. Nygard, "Release It!", 2007.)
 *
 * It is one word for all workers, changed by whoever sees what changes it; only what time changes is the matter of the
 * one thread that keeps it: the step from open to half-open, and giving up probes that tell nothing.
 */
export class CircuitBreaker {
  readonly settings: CircuitBreakerSettings;
  readonly #clock: Clock;
  readonly #keeps: boolean;
  readonly #onChange: (entered: boolean) => void;
  readonly #streak: FailureStreak;
  /** State, probes under way, generation: see `pack`. The generation counts half-open times, and given-up probes. */
  readonly #word: Word;
  /** The generation that the half-open time began with: what began before is old news. */
  readonly #firstGeneration: Word;
  readonly #successes: Word;
  #timer: Timer | undefined;
  /** The state when the keeper last looked. */
  #seen: BreakerState = "closed";
  /** When the state last changed, in wall-clock milliseconds. The keeper's. */
  sinceMs: number;
  /** When it will let probes through, on the monotonic clock; undefined unless open. The keeper's. */
  halfOpenAtMs: number | undefined = undefined;
  /** How often it opened. The keeper's. */
  trips = 0;

  /**
   * `onChange` is called after this thread has changed what it lets through, with whether it entered another state;
   * never from within `begin`. `keeps`: this is the thread that watches the time; it must `look` after others'
   * changes.
   */
  constructor(
    settings: CircuitBreakerSettings,
    context: { readonly clock: Clock; readonly memory: SharedMemory; readonly keeps: boolean },
    onChange: (entered: boolean) => void,
  ) {
    const { clock, memory, keeps } = context;
    this.settings = settings;
    this.#clock = clock;
    this.#keeps = keeps;
    this.#onChange = onChange;
    this.#streak = new FailureStreak(settings.failures, settings.windowMs, memory);
    this.#word = new Word(memory);
    this.#firstGeneration = new Word(memory);
    this.#successes = new Word(memory);
    this.sinceMs = clock.wallTime();
  }

  get state(): BreakerState {
    return stateOf(this.#word.value);
  }

  /** Whether an attempt may begin now. */
  get allows(): boolean {
    const word = this.#word.value;
    const state = stateOf(word);
    return state === "closed" || (state === "half-open" && probesOf(word) < this.settings.halfOpenProbes);
  }

  /** Failures in a row while closed. */
  get failures(): number {
    return this.#streak.length;
  }

  /** Successes while half-open. */
  get successes(): number {
    return this.state === "half-open" ? this.#successes.value : 0;
  }

  /** Probes under way while half-open. */
  get probes(): number {
    return probesOf(this.#word.value);
  }

  /**
   * An attempt begins, if it is allowed; else undefined. Give the permit back with `settle`. Above 0 it is a probe, and
   * the keeper must look.
   */
  begin(): number | undefined {
    while (true) {
      const word = this.#word.value;
      const state = stateOf(word);
      if (state === "closed") return 0;
      const probes = probesOf(word);
      if (state === "open" || probes >= this.settings.halfOpenProbes) return undefined;
      if (!this.#word.replace(word, pack(state, probes + 1, generationOf(word)))) continue;
      this.#watch();
      return generationOf(word);
    }
  }

  /** The result of an attempt is known: exactly once for each `begin` that gave a permit. */
  settle(permit: number, result: AttemptResult): void {
    const { state } = this;
    if (state === "closed") {
      if (result === "success") this.#streak.clear();
      else if (result === "failure" && this.#streak.add(this.#clock.now())) this.#open();
      return;
    }
    // While open or half-open only probes count.
    if (state !== "half-open" || isBefore(permit, this.#firstGeneration.value)) return;
    this.#endProbe(permit);
    if (result === "failure") {
      this.#open();
      return;
    }
    const successes = result === "success" ? this.#successes.add(1) + 1 : this.#successes.value;
    if (successes >= this.settings.successes) this.reset();
    else this.#changed(false);
  }

  /** Closes it, whatever it knew. */
  reset(): void {
    this.#streak.clear();
    this.#enter("closed");
  }

  /** Watches the time as the present state wants it; for the keeper. Returns whether another state was entered. */
  look(): boolean {
    const { state } = this;
    const entered = state !== this.#seen;
    if (entered) {
      this.#seen = state;
      this.sinceMs = this.#clock.wallTime();
      this.stop();
      if (state === "open") this.trips++;
      this.halfOpenAtMs = state === "open" ? this.#clock.now() + this.settings.openMs : undefined;
    }
    this.#watch();
    return entered;
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #open(): void {
    this.#streak.clear();
    this.#enter("open");
  }

  #enter(state: "open" | "closed"): void {
    while (true) {
      const word = this.#word.value;
      if (stateOf(word) === state) return;
      if (!this.#word.replace(word, pack(state, 0, generationOf(word)))) continue;
      this.#changed(true);
      return;
    }
  }

  /** Of a probe that was given up the place is another's, but what it shows counts: answers may take long. */
  #endProbe(permit: number): void {
    while (true) {
      const word = this.#word.value;
      const probes = probesOf(word);
      if (stateOf(word) !== "half-open" || permit !== generationOf(word) || probes === 0) return;
      if (this.#word.replace(word, pack("half-open", probes - 1, permit))) return;
    }
  }

  #changed(entered: boolean): void {
    if (this.#keeps) this.look();
    this.#onChange(entered);
  }

  #watch(): void {
    if (!this.#keeps) return;
    const { state } = this;
    if (state === "open") this.#timer ??= this.#clock.after(this.settings.openMs, () => this.#halfOpen());
    else if (this.probes === 0) this.stop();
    // A probe may be a connection on which nothing happens for hours: after a while others may try in its place.
    else this.#timer ??= this.#clock.after(this.settings.openMs, () => this.#forgetProbes());
  }

  #halfOpen(): void {
    this.#timer = undefined;
    const word = this.#word.value;
    const generation = nextGeneration(word);
    this.#firstGeneration.value = generation;
    this.#successes.value = 0;
    if (this.#word.replace(word, pack("half-open", 0, generation))) this.#changed(true);
  }

  #forgetProbes(): void {
    this.#timer = undefined;
    while (true) {
      const word = this.#word.value;
      if (stateOf(word) !== "half-open") return;
      if (!this.#word.replace(word, pack("half-open", 0, nextGeneration(word)))) continue;
      this.#changed(false);
      return;
    }
  }
}

const states: readonly BreakerState[] = ["closed", "open", "half-open"];
const generationMask = 0xf_ffff;

/** From the lowest bit: 2 bits of state, 10 of probes, 20 of generation. */
function pack(state: BreakerState, probes: number, generation: number): number {
  return states.indexOf(state) | (probes << 2) | (generation << 12);
}

function stateOf(word: number): BreakerState {
  return states[word & 3] ?? "closed";
}

function probesOf(word: number): number {
  return (word >>> 2) & 0x3ff;
}

function generationOf(word: number): number {
  return word >>> 12;
}

/** 0 is the permit of who is no probe. */
function nextGeneration(word: number): number {
  return (generationOf(word) + 1) & generationMask || 1;
}

/** Generations wrap around: the shorter way decides. */
function isBefore(permit: number, generation: number): boolean {
  const ahead = (generation - permit) & generationMask;
  return permit === 0 || (ahead > 0 && ahead <= generationMask >> 1);
}
