import type { Balancer, Candidate } from "./balancer.ts";
import { IndexedHeap } from "./indexed-heap.ts";
import { shareOf } from "./load.ts";

/** Virtual time begins anew here, so that its fractions stay fine: after this many turns of each share of 1. */
const maxTime = 1024;

/**
 * Each in turn, in proportion to the shares and as evenly spread as they allow: weights 5, 1, 1 give A A B A A C A;
 * with equal weights it is the plain one.
 *
 * Earliest eligible virtual deadline first (Stoica & Abdel-Wahab, "Earliest Eligible Virtual Deadline First", 1995;
 * WF2Q+, Bennett & Zhang 1996). A candidate of share w that has had n turns may have its next one from the virtual
 * time n / w on, and shall have it before (n + 1) / w. The virtual time is (all turns + 1/2) / (all shares), half a
 * turn ahead of the mean of the starts, so that somebody is always eligible. Of the eligible ones the earliest deadline
 * is next. Amortised O(log n): each turn makes its candidate wait once, and be eligible once.
 */
export class RoundRobin<C extends Candidate> implements Balancer<C> {
  readonly #candidates: readonly C[];
  /** What each counts with; 0 while it is not available. */
  readonly #shares: Float64Array;
  /** The turns of each since time 0, as if it had always been here with its present share. */
  readonly #turns: Float64Array;
  /** The start of each at the time when it ceased to be available. */
  readonly #leftWithStart: Float64Array;
  /** By deadline. */
  readonly #eligible: IndexedHeap;
  /** By start. */
  readonly #waiting: IndexedHeap;
  #totalShare = 0;
  #totalTurns = 0;
  /** The time when the last one left. */
  #stoppedAt = 0;

  constructor(candidates: readonly C[]) {
    const count = candidates.length;
    this.#candidates = candidates;
    this.#shares = new Float64Array(count);
    this.#turns = new Float64Array(count);
    this.#leftWithStart = new Float64Array(count);
    this.#eligible = new IndexedHeap(count);
    this.#waiting = new IndexedHeap(count);
    for (const candidate of candidates) this.changed(candidate);
  }

  choose(tried: readonly C[]): C | undefined {
    for (const { index } of tried) this.#takeOut(index);
    const index = this.#next();
    for (const other of tried) if ((this.#shares[other.index] ?? 0) > 0) this.#wait(other.index);
    if (this.#totalTurns >= maxTime * this.#totalShare) this.#beginAnew();
    return this.#candidates[index];
  }

  changed(candidate: C): void {
    const { index } = candidate;
    const share = shareOf(candidate);
    const before = this.#shares[index] ?? 0;
    if (share === before) return;
    const now = this.#totalShare > 0 ? this.#totalTurns / this.#totalShare : this.#stoppedAt;
    const turns = this.#turns[index] ?? 0;
    if (before > 0) {
      this.#takeOut(index);
      this.#count(-before, -turns);
    }
    this.#shares[index] = share;
    if (share > 0) {
      // Who stays is as many turns ahead or behind as before. Who comes has none to catch up on, and waits for one.
      const start = Math.min(Math.max(this.#leftWithStart[index] ?? 0, now), now + 1 / share);
      const turnsNow = before > 0 ? turns + (share - before) * now : share * start;
      this.#turns[index] = turnsNow;
      this.#count(share, turnsNow);
      this.#wait(index);
    } else {
      this.#leftWithStart[index] = turns / before;
      if (this.#eligible.size + this.#waiting.size > 0) return;
      this.#stoppedAt = now;
      this.#totalShare = 0;
      this.#totalTurns = 0;
    }
  }

  /** Whose turn it is, counted as taken; -1 when nobody is there. */
  #next(): number {
    const now = (this.#totalTurns + 0.5) / this.#totalShare;
    while (this.#waiting.size > 0 && this.#waiting.topKey <= now) {
      const index = this.#waiting.top;
      this.#waiting.remove(index);
      this.#eligible.add(index, ((this.#turns[index] ?? 0) + 1) / (this.#shares[index] ?? 1));
    }
    // The mean of the starts falls when one leaves that was ahead.
    while (this.#eligible.size > 0 && this.#startOf(this.#eligible.top) > now) {
      const index = this.#eligible.top;
      this.#eligible.remove(index);
      this.#wait(index);
    }
    const index = this.#eligible.size > 0 ? this.#eligible.top : this.#waiting.top;
    if (index < 0) return -1;
    this.#takeOut(index);
    this.#turns[index] = (this.#turns[index] ?? 0) + 1;
    this.#totalTurns++;
    this.#wait(index);
    return index;
  }

  #startOf(index: number): number {
    return (this.#turns[index] ?? 0) / (this.#shares[index] ?? 1);
  }

  #wait(index: number): void {
    this.#waiting.add(index, this.#startOf(index));
  }

  #takeOut(index: number): void {
    this.#eligible.remove(index);
    this.#waiting.remove(index);
  }

  #count(share: number, turns: number): void {
    this.#totalShare += share;
    this.#totalTurns += turns;
  }

  /** Sets the time back, and sums up anew what additions and subtractions have made inexact. */
  #beginAnew(): void {
    this.#eligible.clear();
    this.#waiting.clear();
    this.#totalShare = 0;
    this.#totalTurns = 0;
    for (const { index } of this.#candidates) {
      const share = this.#shares[index] ?? 0;
      this.#leftWithStart[index] = Math.max(0, (this.#leftWithStart[index] ?? 0) - maxTime);
      if (share === 0) continue;
      const turns = (this.#turns[index] ?? 0) - share * maxTime;
      this.#turns[index] = turns;
      this.#count(share, turns);
      this.#wait(index);
    }
  }
}
