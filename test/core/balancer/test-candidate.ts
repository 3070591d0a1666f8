import assert from "node:assert/strict";
import type { Candidate } from "../../../src/core/balancer/balancer.ts";
import { hashText } from "../../../src/core/balancer/hash.ts";
import { PeakEwma } from "../../../src/core/balancer/peak-ewma-latency.ts";
import { withMemory } from "../../support/memory.ts";
import type { Random } from "../../../src/core/runtime/clock.ts";

/** A candidate whose state a test sets. */
export class TestCandidate implements Candidate {
  readonly index: number;
  readonly name: string;
  weight: number;
  effectiveWeight: number;
  activeConnections = 0;
  available = true;
  readonly latency: PeakEwma = withMemory((memory) => new PeakEwma(memory));

  constructor(index: number, name: string, weight: number) {
    this.index = index;
    this.name = name;
    this.weight = weight;
    this.effectiveWeight = weight;
  }
}

/** One for each weight, named A, B, C, ... */
export function lettered(weights: readonly number[]): TestCandidate[] {
  return weights.map((weight, index) => new TestCandidate(index, String.fromCodePoint(65 + index), weight));
}

/** Many, named like endpoints of one network. */
export function addressed(count: number, weightOf: (index: number) => number = () => 1): TestCandidate[] {
  return Array.from(
    { length: count },
    (_, index) => new TestCandidate(index, `10.0.${index >> 8}.${index & 255}:8080`, weightOf(index)),
  );
}

/** A list without one of them: the rest under the same names at new places. */
export function listWithout(set: readonly TestCandidate[], gone: TestCandidate): TestCandidate[] {
  return set.filter((one) => one !== gone).map(({ name, weight }, index) => new TestCandidate(index, name, weight));
}

/** A whole number from 0 up to and without `end`. */
export function below(random: Random, end: number): number {
  return Math.floor(random.next() * end);
}

/** The hash of the n-th client. */
export function client(n: number): number {
  return hashText(`192.0.2.${n}`);
}

/** Fails unless each count is within `tolerance`, a part of 1, of its share of all. */
export function assertShares(counts: readonly number[], shares: readonly number[], tolerance: number): void {
  const counted = counts.reduce((sum, count) => sum + count, 0);
  const whole = shares.reduce((sum, share) => sum + share, 0);
  for (const [index, share] of shares.entries()) {
    const expected = (counted * share) / whole;
    const off = Math.abs((counts[index] ?? 0) - expected);
    assert.ok(off <= expected * tolerance, `${counts} instead of shares ${shares}`);
  }
}
