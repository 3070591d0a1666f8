import type { Clock, Timer } from "../runtime/clock.ts";
import type { OutlierSettings } from "../server/settings.ts";

/** What the detector knows of one endpoint, beside its failures in a row. */
export class Ejection {
  active = false;
  /** When `active` last changed, in wall-clock milliseconds. */
  sinceMs: number;
  /** When it ends, on the monotonic clock; undefined while not ejected. */
  untilMs: number | undefined = undefined;
  /** How often it was ejected, ever. */
  total = 0;
  /** What the next one's length grows with; it falls again with the time outside. */
  repeats = 0;
  /** When the last one ended, on the monotonic clock. */
  endedMs = 0;
  timer: Timer | undefined = undefined;

  constructor(wallTimeMs: number) {
    this.sinceMs = wallTimeMs;
  }
}

/** How many of an upstream's endpoints are in which state: what bounds the ejections. */
export interface EjectionBounds {
  /** Endpoints in all. */
  readonly total: number;
  /** How many of them would be available besides the one in question. */
  readonly othersAvailable: number;
}

/**
 * Takes an endpoint out for a time when its connections fail one after another, whatever the health checks say. (After
 * Envoy's outlier detection: source/common/upstream/outlier_detection_impl.cc.)
 */
export class OutlierDetector {
  readonly settings: OutlierSettings;
  readonly #clock: Clock;
  readonly #onReturn: (ejection: Ejection) => void;
  /** How many are out now. */
  ejected = 0;

  /** `onReturn` is told when an ejection's time is over. */
  constructor(settings: OutlierSettings, clock: Clock, onReturn: (ejection: Ejection) => void) {
    this.settings = settings;
    this.#clock = clock;
    this.#onReturn = onReturn;
  }

  /** How many of so many endpoints may be out at a time: the share, and one at least, but never all. */
  maxEjected(total: number): number {
    return Math.min(total - 1, Math.max(1, Math.floor(total * this.settings.maxEjectedShare)));
  }

  /** So many attempts failed in a row as the settings say; returns whether that ejects the endpoint. */
  eject(ejection: Ejection, bounds: EjectionBounds): boolean {
    const now = this.#clock.now();
    if (ejection.active) return false;
    if (bounds.othersAvailable < 1 || this.ejected >= this.maxEjected(bounds.total)) return false;
    const { ejectionMs, maxEjectionMs } = this.settings;
    const forgiven = Math.floor((now - ejection.endedMs) / ejectionMs);
    ejection.repeats = Math.max(0, ejection.repeats - forgiven) + 1;
    const lengthMs = Math.min(maxEjectionMs, ejectionMs * ejection.repeats);
    ejection.active = true;
    ejection.total++;
    ejection.sinceMs = this.#clock.wallTime();
    ejection.untilMs = now + lengthMs;
    ejection.timer = this.#clock.after(lengthMs, () => {
      this.end(ejection);
      this.#onReturn(ejection);
    });
    this.ejected++;
    return true;
  }

  /** Lets an endpoint in again, before its time when called from outside; harmless when it is not ejected. */
  end(ejection: Ejection): void {
    ejection.timer?.cancel();
    ejection.timer = undefined;
    if (!ejection.active) return;
    ejection.active = false;
    ejection.sinceMs = this.#clock.wallTime();
    ejection.untilMs = undefined;
    ejection.endedMs = this.#clock.now();
    this.ejected--;
  }
}
