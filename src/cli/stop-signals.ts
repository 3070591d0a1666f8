import process from "node:process";
import type { Clock } from "../core/runtime/clock.ts";
import { signalExitCode } from "./command.ts";

/** SIGINT and SIGTERM, caught for as long as this is not disposed. */
export interface StopSignals extends Disposable {
  /** Aborted by the first signal, with its name as the reason. */
  readonly stopped: AbortSignal;
}

/**
 * A repeat within this time is the same signal: a terminal sends Ctrl-C to the whole process group, and a script runner
 * such as `bun run` or npm passes its own copy on.
 */
const sameSignalMs = 500;

/**
 * Makes the first SIGINT or SIGTERM stop a command in good order; a second one ends the process at once, with the exit
 * code that shells expect. `onForced` is called before that.
 */
export function catchStopSignals(clock: Clock, onForced: () => void = () => {}): StopSignals {
  const controller = new AbortController();
  let firstMs = 0;
  const onSignal = (signal: "SIGINT" | "SIGTERM"): void => {
    if (!controller.signal.aborted) {
      firstMs = clock.now();
      controller.abort(signal);
    } else if (clock.now() - firstMs >= sameSignalMs) {
      onForced();
      process.exit(signalExitCode(signal));
    }
  };
  // A listener each: not every runtime passes the signal's name.
  const onInterrupt = (): void => onSignal("SIGINT");
  const onTerminate = (): void => onSignal("SIGTERM");
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  return {
    stopped: controller.signal,
    [Symbol.dispose](): void {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}

/** Resolves when the signal is aborted, or at once when it is already. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
