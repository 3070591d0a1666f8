#!/usr/bin/env node
/** The entry of every build: picks the adapter of the runtime it runs on and starts the command line. */
import process from "node:process";
import { runCli } from "./cli/cli.ts";
import type { Runtime } from "./core/runtime/runtime.ts";

/** The only place that asks which runtime this is; `process.versions.node` exists on all three. */
async function pickRuntime(): Promise<Runtime> {
  if ("Bun" in globalThis) return (await import("./adapters/bun/mod.ts")).bunRuntime;
  if ("Deno" in globalThis) return (await import("./adapters/deno/mod.ts")).denoRuntime;
  return (await import("./adapters/node/mod.ts")).nodeRuntime;
}

const exitCode = await runCli(process.argv.slice(2), await pickRuntime());
// The command is over. Whatever a runtime still holds (Bun: a connect that was given up) must not keep the process, and
// what is being written to a pipe must not be lost.
process.stdout.end(() => process.exit(exitCode));
