/** Our own small programs in C and Go: load generator, origin, and the relays that stand beside the proxies. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { repositoryFile } from "../../test/support/geryon.ts";
import type { TemporaryFolder } from "../../test/support/programs.ts";
import { loadCore } from "./machine.ts";

const folderOf = repositoryFile("bench/load/native/");

/** A run that did not do what it should: what the load generator says of it. */
export class LoadFailure extends Error {
  /** What was measured before. */
  readonly figures: Readonly<Record<string, number>> | undefined;

  constructor(message: string, figures?: Readonly<Record<string, number>>) {
    super(message);
    this.figures = figures;
  }
}

/** What a run of the load generator measured. CPU is that of the processes named by `cpu`. */
export interface LoadResult {
  readonly count: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

/** How many clients of each kind are over, and how many bytes came back to them. */
export type SoakCounts = Readonly<
  Record<
    | "visit"
    | "talk"
    | "halfClose"
    | "reset"
    | "abort"
    | "refused"
    | "endpointResets"
    | "slow"
    | "vanish"
    | "bulk"
    | "bytes",
    number
  >
>;

/** Options of the load generator; native/load.h names those of each mode. */
export type LoadOptions = Readonly<Record<string, string | number>>;

/** The programs, compiled into a folder. */
export class NativePrograms {
  readonly origin: string;
  readonly httpOrigin: string;
  readonly floor: string;
  /** Absent without a Go compiler. */
  readonly goRelay: string | undefined;
  readonly #load: string;

  constructor(folder: TemporaryFolder) {
    const modes = ["round-trips", "churn", "bulk", "idle", "fixed-rate", "requests", "soak"];
    const httpModes = ["http-head", "http-asker", "http-small", "http-slow", "http-bulk"];
    this.#load = compile(folder, "load", ["load", "meter", "message", ...modes, ...httpModes]);
    this.origin = compile(folder, "origin", ["origin"]);
    this.httpOrigin = compile(folder, "http-origin", ["http-head", "http-origin"]);
    this.floor = compile(folder, "floor", ["floor"]);
    const relay = folder.file("go-relay");
    const env = { ...process.env, GOCACHE: repositoryFile(".cache/go"), GOFLAGS: "", GO111MODULE: "off" };
    const go = spawnSync("go", ["build", "-o", relay, `${folderOf}relay.go`], { env });
    this.goRelay = go.status === 0 ? relay : undefined;
  }

  /** Runs the load generator to its end. */
  async load(mode: string, options: LoadOptions, cores: string = loadCore): Promise<LoadResult> {
    const [line = ""] = await runLines(this.#loadCommand(mode, options, cores));
    return parseLine(line) as LoadResult;
  }

  /** CPU time that processes have used so far, in seconds. */
  cpuSeconds(pids: readonly number[]): number {
    const { stdout } = spawnSync(this.#load, ["cpu", `cpu=${pids.join(",")}`]);
    return (parseLine(stdout.toString()) as { cpuSeconds: number }).cpuSeconds;
  }

  /** Opens connections in steps and calls back while each number of them is open and idle. */
  async idle(port: number, steps: readonly number[], onOpen: (open: number) => Promise<void>): Promise<void> {
    const command = this.#loadCommand("idle", { port, steps: steps.join(",") }, loadCore);
    await eachLine(command, async (line, goOn) => {
      const { open } = line as { open: number };
      if (open > 0) {
        await onOpen(open);
        goOn();
      }
      return open > 0;
    });
  }

  /** Clients of every kind, on all cores; calls back every second with how many of each are over. */
  async soak(options: LoadOptions, onProgress: (made: SoakCounts) => void): Promise<void> {
    const pairs = Object.entries(options).map(([key, value]) => `${key}=${value}`);
    await eachLine([this.#load, "soak", ...pairs], (line) => {
      const { done = false, ...made } = line as SoakCounts & { readonly done?: boolean };
      onProgress(made);
      return !done;
    });
  }

  #loadCommand(mode: string, options: LoadOptions, cores: string): string[] {
    const pairs = Object.entries(options).map(([key, value]) => `${key}=${value}`);
    return ["taskset", "-c", cores, this.#load, mode, ...pairs];
  }
}

/** Starts a command and hands over its lines, until there was enough; `goOn` writes it a line. Throws when it ends before. */
async function eachLine(
  [program = "", ...args]: readonly string[],
  onLine: (line: unknown, goOn: () => void) => boolean | Promise<boolean>,
): Promise<void> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  try {
    for await (const line of createInterface(child.stdout)) {
      if (!(await onLine(parseLine(line), () => child.stdin.write("\n")))) return;
    }
    throw new LoadFailure("the load generator ended");
  } finally {
    child.kill("SIGKILL");
  }
}

/** Runs a command to its end and answers its lines. */
export async function runLines([program = "", ...args]: readonly string[]): Promise<string[]> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (bytes: Buffer) => (output += bytes.toString()));
  await once(child, "close");
  return output.trim().split("\n");
}

function parseLine(line: string): unknown {
  if (line === "") throw new LoadFailure("the load generator said nothing");
  const value = JSON.parse(line) as { error?: string };
  if (value.error !== undefined) throw new LoadFailure(value.error);
  return value;
}

function compile(folder: TemporaryFolder, name: string, sources: readonly string[]): string {
  const program = folder.file(name);
  const files = ["common", ...sources].map((one) => `${folderOf}${one}.c`);
  const { status, stderr } = spawnSync("gcc", ["-O2", "-o", program, ...files]);
  if (status !== 0) throw new Error(`Cannot compile ${name} with gcc: ${stderr?.toString() ?? "it is not installed"}`);
  return program;
}
