/** Geryon as a user runs it: a process, its output, its signals and its exit code. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { ListenerStats, Stats } from "../../src/control/stats/stats.ts";
import { until } from "./sockets.ts";
import { testIo } from "./test-io.ts";

/** The command that starts geryon. */
export interface Build {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The path of a file of the repository. */
export function repositoryFile(path: string): string {
  return `${root}${path}`;
}

/** The running runtime's program and what it needs before a script's name. */
export function runScript(script: string): [string, ...string[]] {
  return "Deno" in globalThis ? [process.execPath, "run", "-A", "--no-check", script] : [process.execPath, script];
}

/** From source, on the runtime that runs this test. */
export const sourceBuild: Build = { name: "source", command: runScript(repositoryFile("src/main.ts")) };
/** The one file, on the runtime that runs this test. */
export const bundleBuild: Build = { name: "one file", command: runScript(repositoryFile("dist/geryon.js")) };
/** The executable. */
export const executableBuild: Build = { name: "executable", command: [repositoryFile("dist/geryon")] };

/** What `geryon proxy` needs on its command line to have the sockets that the tests are to run on. */
export const ioFlags: readonly string[] = testIo === "auto" ? [] : ["--io", testIo];

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Sets the limit of open descriptors, through the shell. */
  readonly openFiles?: number;
}

/** A process with all it has printed. */
export class Running {
  readonly child: ChildProcess;
  stdout = "";
  stderr = "";
  readonly exited: Promise<Exit>;

  constructor(command: readonly string[], options: SpawnOptions = {}) {
    const limited =
      options.openFiles === undefined
        ? command
        : ["sh", "-c", `ulimit -n ${options.openFiles}; exec "$@"`, "sh", ...command];
    const [program = "", ...args] = limited;
    const env = { ...process.env, NO_COLOR: "1", ...options.env };
    this.child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"], cwd: root });
    this.child.stdout?.on("data", (bytes: Buffer) => (this.stdout += bytes.toString()));
    this.child.stderr?.on("data", (bytes: Buffer) => (this.stderr += bytes.toString()));
    this.exited = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (code, signal) => resolve({ code, signal }));
    });
  }

  /** Waits until standard output or error has `text`. */
  async says(text: string, timeoutMs = 20_000): Promise<void> {
    let over = false;
    void this.exited.then(() => (over = true));
    const found = (): boolean => this.stdout.includes(text) || this.stderr.includes(text);
    await until(() => found() || over, `the process says '${text}'`, timeoutMs);
    if (!found()) throw new Error(`The process ended without '${text}':\n${this.stdout}\n${this.stderr}`);
  }

  /** Not `child.kill`: on Deno a second signal through it does not arrive. */
  signal(signal: NodeJS.Signals): void {
    if (this.child.pid !== undefined && this.#runs()) process.kill(this.child.pid, signal);
  }

  /** Ends it at once if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  #runs(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
}

/** `geryon proxy` that is ready, with its JSON log. */
export class RunningProxy extends Running {
  static async start(build: Build, args: readonly string[], options: SpawnOptions = {}): Promise<RunningProxy> {
    const proxy = new RunningProxy([...build.command, "proxy", ...ioFlags, ...args, "--log-format", "json"], options);
    try {
      await proxy.says('"msg":"ready"');
    } catch (error) {
      await proxy[Symbol.asyncDispose]();
      throw error;
    }
    return proxy;
  }

  /** The log so far: one object a line; other lines are left out. */
  get log(): Record<string, unknown>[] {
    return this.stderr
      .split("\n")
      .filter((line) => line.startsWith("{") && line.endsWith("}"))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** The records with a message. */
  records(message: string): Record<string, unknown>[] {
    return this.log.filter((record) => record["msg"] === message);
  }

  /** The port of a listener, or of the admin address. */
  port(listener = "proxy"): number {
    const record =
      listener === "admin"
        ? this.records("admin")[0]
        : this.records("listening").find((one) => one["listener"] === listener);
    const address = record?.["address"];
    if (typeof address !== "string") throw new Error(`No listener '${listener}' in the log`);
    return Number(address.slice(address.lastIndexOf(":") + 1));
  }

  /** The counters of a listener. */
  async listener(name: string): Promise<ListenerStats> {
    const { listeners } = (await (await this.admin("/stats")).json()) as Stats;
    const found = listeners.find((one) => one.name === name);
    if (found === undefined) throw new Error(`There is no listener '${name}'`);
    return found;
  }

  /** Asks the admin address for a path. */
  async admin(path: string, init?: RequestInit): Promise<Response> {
    return await fetch(`http://127.0.0.1:${this.port("admin")}${path}`, init);
  }
}

/** Runs a command to its end. */
export async function runToEnd(
  command: readonly string[],
  options: SpawnOptions = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  await using running = new Running(command, options);
  const { code } = await running.exited;
  return { code, stdout: running.stdout, stderr: running.stderr };
}
