import type { TryReactor } from "../../src/adapters/reactor/choose-io.ts";
import type { Capabilities } from "../../src/core/runtime/capabilities.ts";

/** There is no reactor. */
export const noReactor: TryReactor = () => Promise.resolve({ runtime: undefined, fault: "libc is on holiday" });

/** A reactor that says it is one, and can more than what it is given. */
export function fakeReactor(more: Partial<Capabilities> = {}): TryReactor {
  return (base) =>
    Promise.resolve({
      runtime: { ...base, io: "reactor", capabilities: { ...base.capabilities, ...more } },
      fault: "",
    });
}
