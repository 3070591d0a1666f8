#!/usr/bin/env node
/**
 * The entry of every build, and of every worker thread: picks the adapter of the runtime it runs on and starts the
 * command line, or the worker. (A worker that starts at the module which starts it is the one form that works from
 * source, bundled and compiled.)
 */
import process from "node:process";
import { parentThread, threadData } from "./adapters/compat/threads.ts";
import { tryReactor } from "./adapters/reactor/mod.ts";
import type { FromWorker, ToWorker, WorkerInit } from "./control/workers/messages.ts";
import type { Runtime } from "./core/runtime/runtime.ts";

/** The only place that asks which runtime this is; `process.versions.node` exists on all three. */
async function pickRuntime(): Promise<Runtime> {
  if ("Bun" in globalThis) return (await import("./adapters/bun/mod.ts")).bunRuntime;
  if ("Deno" in globalThis) return (await import("./adapters/deno/mod.ts")).denoRuntime;
  return (await import("./adapters/node/mod.ts")).nodeRuntime;
}

const init = threadData();
if (init === undefined) {
  const { runCli } = await import("./cli/cli.ts");
  const exitCode = await runCli(process.argv.slice(2), await pickRuntime(), new URL(import.meta.url));
  // The command is over. Whatever a runtime still holds (Bun: a connect that was given up) must not keep the process, and
  // what is being written to a pipe must not be lost.
  process.stdout.end(() => process.exit(exitCode));
} else {
  const { Worker } = await import("./control/workers/worker.ts");
  const { place } = init as WorkerInit;
  const base = await pickRuntime();
  const { runtime = base } = place === undefined ? {} : await tryReactor(base, place);
  Worker.run(init as WorkerInit, parentThread<ToWorker, FromWorker>(), runtime);
}
