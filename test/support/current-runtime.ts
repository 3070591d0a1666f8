import { chooseIo } from "../../src/adapters/reactor/choose-io.ts";
import { tryReactor } from "../../src/adapters/reactor/mod.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { testIo } from "./test-io.ts";

/** The runtime that runs this test, with its own sockets. */
export async function ownRuntime(): Promise<Runtime> {
  if ("Bun" in globalThis) return (await import("../../src/adapters/bun/mod.ts")).bunRuntime;
  if ("Deno" in globalThis) return (await import("../../src/adapters/deno/mod.ts")).denoRuntime;
  return (await import("../../src/adapters/node/mod.ts")).nodeRuntime;
}

/** The runtime that runs this test, with the sockets that the tests are to run on: the reactor's where they can be had. */
export async function currentRuntime(): Promise<Runtime> {
  const { runtime, fault } = await chooseIo(testIo, await ownRuntime(), tryReactor);
  if (testIo === "reactor" && fault !== "") throw new Error(`There is no reactor: ${fault}`);
  return runtime;
}
