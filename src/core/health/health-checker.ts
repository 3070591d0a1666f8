import type { Dialer } from "../dial/dialer.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { HealthSettings } from "../server/settings.ts";
import type { HealthState } from "./health-state.ts";
import { startProbe } from "./probe.ts";
import { TargetCheck } from "./target-check.ts";

/** How probes are made. */
export interface HealthCheckOptions extends HealthSettings {
  /** The local IP address that probes leave from. */
  readonly sourceAddress?: string | undefined;
}

/** What is probed. */
export interface HealthTarget {
  readonly dialer: Dialer;
  readonly health: HealthState;
  /** False while nobody wants it probed: its health stays as it was. */
  readonly probed: boolean;
}

/** Intervals vary by this share, so that many proxies do not probe in step. */
const jitter = 0.1;
/** At first, an endpoint that was never healthy is probed this often, if not more: it probably starts up just now. */
const startUpIntervalMs = 500;
/** For about ten seconds. */
const startUpProbes = 20;
/** So many are probed at once at the start; each further one this much later than the one before. */
const firstRound = 100;
const spreadMs = 10;

/**
 * Probes all targets of an upstream, each on its own schedule. The first hundred are probed at once; further ones are
 * spread over the interval at most, so that thousands of connects do not come in one turn.
 */
export class HealthChecker<T extends HealthTarget> {
  readonly #runtime: Runtime;
  readonly #options: HealthCheckOptions;
  readonly #onChange: (target: T) => void;
  readonly #checks = new Map<T, TargetCheck>();
  #running = false;

  /** `onChange` is called after a target's status changed. Nothing runs before `start`. */
  constructor(targets: readonly T[], options: HealthCheckOptions, runtime: Runtime, onChange: (target: T) => void) {
    this.#runtime = runtime;
    this.#options = options;
    this.#onChange = onChange;
    for (const target of targets) this.add(target);
  }

  start(): void {
    this.#running = true;
    const later = this.#checks.size - firstRound;
    const gapMs = Math.min(spreadMs, this.#options.intervalMs / Math.max(1, later));
    let index = 0;
    for (const [target, check] of this.#checks) {
      index++;
      if (target.probed) check.start(Math.max(0, index - firstRound) * gapMs);
    }
  }

  /** Leaves no timer and no connect behind. */
  stop(): void {
    this.#running = false;
    for (const check of this.#checks.values()) check.stop();
  }

  /** Called when a target's `probed` may have changed: begins at once to probe it, or gives it up. */
  check(target: T): void {
    const check = this.#checks.get(target);
    if (check === undefined || !this.#running) return;
    if (target.probed) check.start(0);
    else check.stop();
  }

  /** One more target, probed at once if the checker runs. */
  add(target: T): void {
    this.#checks.set(
      target,
      new TargetCheck(this.#runtime.clock, {
        start: (done) => startProbe(target.dialer, this.#options, this.#runtime, done),
        result: (result, durationMs) => this.#record(target, result, durationMs),
        intervalMs: () => this.#intervalMs(target.health) * (1 - jitter + 2 * jitter * this.#runtime.random.next()),
      }),
    );
    this.check(target);
  }

  /** Gives a target up; harmless when there is no such target. */
  remove(target: T): void {
    this.#checks.get(target)?.stop();
    this.#checks.delete(target);
  }

  #intervalMs(health: HealthState): number {
    const { intervalMs, fastIntervalMs } = this.#options;
    if (health.changing) return fastIntervalMs;
    return health.proven || health.probes >= startUpProbes ? intervalMs : Math.min(intervalMs, startUpIntervalMs);
  }

  #record(target: T, result: string, durationMs: number): void {
    const atMs = this.#runtime.clock.wallTime();
    if (target.health.record({ result, durationMs, atMs }, this.#options)) this.#onChange(target);
  }
}
