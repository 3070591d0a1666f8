import type { Runtime } from "../../src/core/runtime/runtime.ts";

/** The adapter of the runtime that runs this test. */
export async function currentRuntime(): Promise<Runtime> {
  if ("Bun" in globalThis) return (await import("../../src/adapters/bun/mod.ts")).bunRuntime;
  if ("Deno" in globalThis) return (await import("../../src/adapters/deno/mod.ts")).denoRuntime;
  return (await import("../../src/adapters/node/mod.ts")).nodeRuntime;
}
