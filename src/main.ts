#!/usr/bin/env node
/**
 * The entry of every build, and of every worker thread: picks the adapter of the runtime it runs on and starts the
 * command line, or the worker. (A worker that starts at the module which starts it is the one form that works from
 * source, bundled and compiled.)
 */
import process from "node:process";
import { parentThread, threadData } from "./adapters/compat/threads.ts";
import { chooseIo } from "./adapters/reactor/choose-io.ts";
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
  const { io, place } = init as WorkerInit;
  const main = parentThread<ToWorker, FromWorker>();
  // What the main thread has, this one may lack all the same: each tries for itself, and serves in any case.
  const { runtime, fault } = await chooseIo(io, await pickRuntime(), (base) => tryReactor(base, place));
  if (fault !== "") main.post({ type: "no-reactor", reason: fault });
  Worker.run(init as WorkerInit, main, runtime);
}
