import { anyWorkers } from "../../config/bounds.ts";
import type { Capabilities } from "../../core/runtime/capabilities.ts";

/**
 * How many workers a setting comes to. `auto` is one per core, from 1 to 256, where several can listen on one port, else
 * 1. A number stays as it is: the config check has refused one that the runtime cannot do.
 */
export function workersFor(setting: number | "auto", cores: number, capabilities: Capabilities): number {
  if (setting !== "auto") return setting;
  const { min, max } = anyWorkers;
  return capabilities.reusePort.supported ? Math.min(Math.max(min, cores), max) : min;
}
