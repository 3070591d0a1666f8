import type { Clock } from "../runtime/clock.ts";
import type { Candidate } from "./balancer.ts";
import { loadOf } from "./load.ts";
import type { Preference } from "./power-of-two-choices.ts";

/** No network answers within this time: an estimate below it has faded, or there never was one. */
const unknownBelowMs = 0.01;

/**
 * Prefers who is likely to answer sooner: the estimate of its latency, times its load with the one to come. (Finagle,
 * finagle-core/src/main/scala/com/twitter/finagle/loadbalancer/PeakEwma.scala.) Where one of the two has no estimate
 * the load alone decides, and between equals the unknown one is taken: it is tried, but it does not get everything
 * until its first answer comes.
 */
export function answersSooner(clock: Clock): Preference {
  return (second, first) => {
    const nowMs = clock.now();
    const firstMs = first.latency.valueMs(nowMs);
    const secondMs = second.latency.valueMs(nowMs);
    const isSecondUnknown = secondMs < unknownBelowMs;
    if (firstMs >= unknownBelowMs && !isSecondUnknown) {
      return (1 + loadOf(second)) * secondMs < (1 + loadOf(first)) * firstMs;
    }
    return isSecondUnknown ? loadOf(second) <= loadOf(first) : isLessLoaded(second, first);
  };
}

/** Prefers who has fewer connections for its share. */
export function isLessLoaded(second: Candidate, first: Candidate): boolean {
  return loadOf(second) < loadOf(first);
}
