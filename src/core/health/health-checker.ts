import type { Address } from "../runtime/address.ts";
import type { Clock, Timer } from "../runtime/clock.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { HealthState } from "./health-state.ts";
import { startTcpProbe } from "./tcp-probe.ts";

/** How probes are made. */
export interface HealthCheckOptions {
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly rise: number;
  readonly fall: number;
  readonly sourceAddress?: string | undefined;
}

/** What is probed. */
export interface HealthTarget {
  readonly address: Address;
  readonly health: HealthState;
}

/** Intervals vary by this share, so that many proxies do not probe in step. */
const jitter = 0.1;
/** At first, an endpoint that was never healthy is probed this often, if not more: it probably starts up just now. */
const startUpIntervalMs = 500;
/** For about ten seconds. */
const startUpProbes = 20;

/** Probes all targets of an upstream, each on its own schedule, the first time at once. */
export class HealthChecker<T extends HealthTarget> {
  readonly #runtime: Runtime;
  readonly #options: HealthCheckOptions;
  readonly #onChange: (target: T) => void;
  readonly #checks: readonly TargetCheck[];

  /** `onChange` is called after a target's status changed. Nothing runs before `start`. */
  constructor(targets: readonly T[], options: HealthCheckOptions, runtime: Runtime, onChange: (target: T) => void) {
    this.#runtime = runtime;
    this.#options = options;
    this.#onChange = onChange;
    this.#checks = targets.map(
      (target) =>
        new TargetCheck(runtime.clock, {
          start: (done) => startTcpProbe(target.address, this.#options, this.#runtime, done),
          result: (result) => this.#record(target, result),
          delayMs: () => this.#intervalMs(target) * (1 - jitter + 2 * jitter * runtime.random.next()),
        }),
    );
  }

  start(): void {
    for (const check of this.#checks) check.run();
  }

  stop(): void {
    for (const check of this.#checks) check.stop();
  }

  #intervalMs(target: T): number {
    const { intervalMs } = this.#options;
    const { proven, probes } = target.health;
    return proven || probes >= startUpProbes ? intervalMs : Math.min(intervalMs, startUpIntervalMs);
  }

  #record(target: T, result: string): void {
    if (target.health.record(result, this.#options, this.#runtime.clock.wallTime())) this.#onChange(target);
  }
}

interface CheckSteps {
  start(done: (result: string) => void): { cancel(): void };
  result(result: string): void;
  delayMs(): number;
}

/** Probe, wait, probe again: one target's loop. */
class TargetCheck {
  readonly #clock: Clock;
  readonly #steps: CheckSteps;
  #probe: { cancel(): void } | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  constructor(clock: Clock, steps: CheckSteps) {
    this.#clock = clock;
    this.#steps = steps;
  }

  run(): void {
    this.#timer = undefined;
    // The next one is timed from this one's start: a slow failure does not stretch the interval.
    const startedMs = this.#clock.now();
    this.#probe = this.#steps.start((result) => {
      this.#probe = undefined;
      // First: it may stop the checker, and the wait depends on it.
      this.#steps.result(result);
      if (this.#stopped) return;
      const waitMs = Math.max(0, this.#steps.delayMs() - (this.#clock.now() - startedMs));
      this.#timer = this.#clock.after(waitMs, () => this.run());
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#probe?.cancel();
    this.#probe = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
