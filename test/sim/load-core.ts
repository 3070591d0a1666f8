import type { WorkerClock } from "../../src/control/workers/worker-clock.ts";
import type { WorkerDuty } from "../../src/control/workers/worker-duty.ts";
import type { WorkerPool } from "../../src/control/workers/worker-pool.ts";
import type { ProxyServer } from "../../src/core/server/proxy-server.ts";

/** The core that a run uses, with what spreads it over threads: ours, or a copy with a bug planted in it. */
export interface Core {
  readonly ProxyServer: typeof ProxyServer;
  readonly WorkerPool: typeof WorkerPool;
  readonly WorkerDuty: typeof WorkerDuty;
  readonly WorkerClock: typeof WorkerClock;
}

/** The sources of this repository. */
export const ourSources: string = new URL("../../src/", import.meta.url).href;

/** Loads a core from the URL of the folder of its sources. */
export async function loadCore(folder: string = ourSources): Promise<Core> {
  const modules = await Promise.all(
    [
      "core/server/proxy-server.ts",
      "control/workers/worker-pool.ts",
      "control/workers/worker-duty.ts",
      "control/workers/worker-clock.ts",
    ].map((path) => import(new URL(path, folder).href) as Promise<Partial<Core>>),
  );
  return Object.assign({}, ...modules) as Core;
}
