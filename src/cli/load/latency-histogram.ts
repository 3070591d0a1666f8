/** Linear up to this many microseconds; beyond it, half as many buckets for each doubling. */
const linearBuckets = 128;
const bucketsPerDoubling = linearBuckets / 2;
const linearBits = 7;
/** 2^32 µs are 71 minutes; what takes longer counts as that. */
const maxMicroseconds = 2 ** 32 - 1;
const bucketCount = linearBuckets + (32 - linearBits) * bucketsPerDoubling;

/**
 * Durations by log-linear buckets: a fixed 14 KB, one addition per observation, and every quantile within 1 % (below
 * 64 µs: within half a microsecond). The buckets are those of Gil Tene's HdrHistogram.
 */
export class LatencyHistogram {
  readonly #counts = new Float64Array(bucketCount);
  #total = 0;
  #maxMs = 0;

  /** How many durations were observed. */
  get count(): number {
    return this.#total;
  }

  /** The longest one, exactly. */
  get maxMs(): number {
    return this.#maxMs;
  }

  observeMs(durationMs: number): void {
    const index = bucketOf(durationMs * 1000);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total++;
    if (durationMs > this.#maxMs) this.#maxMs = durationMs;
  }

  /** The duration that the share `quantile` (0 to 1) of all does not exceed; 0 when there are none. */
  quantileMs(quantile: number): number {
    const rank = Math.max(1, Math.ceil(quantile * this.#total));
    let seen = 0;
    for (let index = 0; index < bucketCount; index++) {
      seen += this.#counts[index] ?? 0;
      if (seen >= rank) return Math.min(middleOf(index) / 1000, this.#maxMs);
    }
    return this.#maxMs;
  }

  /** Forgets everything. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
    this.#maxMs = 0;
  }
}

function bucketOf(microseconds: number): number {
  // Not `| 0`, which wraps at 2^31. A clock that steps back counts as no time.
  const value = Math.max(0, Math.min(Math.floor(microseconds), maxMicroseconds));
  if (value < linearBuckets) return value;
  const shift = 32 - Math.clz32(value) - linearBits;
  const mantissa = (value >>> shift) - bucketsPerDoubling;
  return linearBuckets + (shift - 1) * bucketsPerDoubling + mantissa;
}

/** The middle of a bucket, in microseconds. */
function middleOf(index: number): number {
  if (index < linearBuckets) return index + 0.5;
  const shift = Math.floor((index - linearBuckets) / bucketsPerDoubling) + 1;
  const mantissa = bucketsPerDoubling + ((index - linearBuckets) % bucketsPerDoubling);
  return (mantissa + 0.5) * 2 ** shift;
}
