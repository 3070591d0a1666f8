import type { CapabilityName } from "../../src/core/runtime/capabilities.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";

/** A test that needs a capability is skipped by its name where the adapter lacks it, with the adapter's reason. */
export function needs(runtime: Runtime, capability: CapabilityName): { skip: string | false } {
  const { supported, reason } = runtime.capabilities[capability];
  return { skip: supported ? false : `${capability}: ${reason}` };
}
