import type { Timer } from "../../core/runtime/clock.ts";
import type { Terminal } from "../terminal.ts";
import type { LoadRun } from "./load-run.ts";
import { formatProgress } from "./load-summary.ts";

const intervalMs = 1000;

/** Says once a second how a run goes: in place on a terminal, a line each otherwise. */
export function showProgress(run: LoadRun, terminal: Terminal): { stop(): void } {
  const { clock } = run.runtime;
  const { stats } = run;
  const startedMs = clock.now();
  let lastMs = startedMs;
  let lastRoundTrips = 0;
  const show = (): void => {
    const now = clock.now();
    const rate = ((stats.roundTrips - lastRoundTrips) * 1000) / (now - lastMs);
    const line = formatProgress((now - startedMs) / 1000, rate, run);
    terminal.out(terminal.interactive ? `\r\x1b[K${line}` : `${line}\n`);
    stats.recent.clear();
    lastMs = now;
    lastRoundTrips = stats.roundTrips;
    timer = clock.after(intervalMs, show);
  };
  let timer: Timer = clock.after(intervalMs, show);
  return {
    stop(): void {
      timer.cancel();
      if (terminal.interactive) terminal.out("\r\x1b[K");
    },
  };
}
