import type { Clock } from "../../core/runtime/clock.ts";

/** Resolves after `delayMs`, or as soon as `stopped` is aborted. */
export function delay(clock: Clock, delayMs: number, stopped: AbortSignal): Promise<void> {
  if (stopped.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      stopped.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.after(delayMs, end);
    stopped.addEventListener("abort", end);
  });
}

/** Looks every few milliseconds until `condition` holds, `timeoutMs` is over or `stopped` is aborted; says whether it holds. */
export async function waitUntil(
  condition: () => boolean,
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly stopped: AbortSignal },
): Promise<boolean> {
  const { clock, timeoutMs, stopped } = options;
  const untilMs = clock.now() + timeoutMs;
  while (!condition()) {
    if (stopped.aborted || clock.now() > untilMs) return false;
    await delay(clock, lookEveryMs, stopped);
  }
  return true;
}

const lookEveryMs = 5;
