/** Processes of a measurement: pinned, with their output in files, since reading it would cost the core of the load. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { TemporaryFolder } from "../../test/support/programs.ts";
import { processTree } from "./machine.ts";
import { LoadFailure } from "./native.ts";

/** A proxy that does not relay by then has failed. */
const startLimitMs = 20_000;

let count = 0;

/** Those that run, to end them when this program is ended in the middle. */
const running = new Set<Started>();

process.on("exit", () => running.forEach((one) => one.abandon()));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

/** A process that runs until it is stopped. */
export class Started {
  readonly command: readonly string[];
  readonly #child: ChildProcess;
  readonly #folder: TemporaryFolder;
  readonly #stdout: string;
  readonly #stderr: string;
  readonly #exited: Promise<void>;

  constructor(command: readonly string[], cores: string, folder: TemporaryFolder, env: NodeJS.ProcessEnv = {}) {
    this.command = command;
    this.#folder = folder;
    this.#stdout = folder.file(`${++count}.stdout`);
    this.#stderr = folder.file(`${count}.stderr`);
    const files = [openSync(this.#stdout, "w"), openSync(this.#stderr, "w")];
    const stdio = ["ignore" as const, ...files];
    this.#child = spawn("taskset", ["-c", cores, ...command], { stdio, env: { ...process.env, ...env } });
    this.#exited = new Promise((resolve) => {
      this.#child.once("error", () => resolve());
      this.#child.once("exit", () => resolve());
    });
    files.forEach((file) => closeSync(file));
    running.add(this);
  }

  /** It, and what it has started. */
  get pids(): number[] {
    return processTree(this.#child.pid ?? 0);
  }

  /** The port that it says it listens on, as "port N"; waits for that. */
  async saidPort(): Promise<number> {
    for (;;) {
      const port = /^port (\d+)$/m.exec(readFileSync(this.#stdout, "utf8"))?.[1];
      if (port !== undefined) return Number(port);
      this.#mustRun();
      await sleep(1);
    }
  }

  /** Waits until a byte that is sent to its port comes back from the origin. */
  async answers(port: number): Promise<void> {
    const deadline = performance.now() + startLimitMs;
    while (!(await echoes(port))) {
      this.#mustRun();
      if (performance.now() > deadline)
        throw new LoadFailure(`relays nothing ${startLimitMs / 1000} s after its start`);
      await sleep(1);
    }
  }

  /** Ends it and removes its files, without waiting. */
  abandon(): void {
    this.#kill();
    this.#folder[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    running.delete(this);
    this.#kill();
    await this.#exited;
  }

  /** The master first: it would start its workers anew. */
  #kill(): void {
    if (this.#runs()) for (const pid of this.pids) process.kill(pid, "SIGKILL");
  }

  #runs(): boolean {
    return this.#child.pid !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  #mustRun(): void {
    if (this.#runs()) return;
    const lastLine = readFileSync(this.#stderr, "utf8").trim().split("\n").at(-1) ?? "";
    throw new LoadFailure(`${this.command[0]} ended: ${lastLine}`);
  }
}

function echoes(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    // To our origin the word for an echo (native/load.h), to a web server a bad request: both answer.
    socket.once("connect", () => socket.write("E\r\n\r\n"));
    socket.once("data", () => end(true));
    socket.once("error", () => end(false));
    socket.once("end", () => end(false));
    socket.setTimeout(1000, () => end(false));
  });
}
