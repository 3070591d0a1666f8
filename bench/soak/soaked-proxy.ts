/** The proxy that is soaked: with what it ships with, short deadlines and endpoints of which one refuses. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ListenerStats, Stats } from "../../src/control/stats/stats.ts";
import { repositoryFile } from "../../test/support/geryon.ts";
import type { TemporaryFolder } from "../../test/support/programs.ts";
import { until } from "../../test/support/sockets.ts";
import { processTree } from "../load/machine.ts";
import { freePort, runtimeProgram, runtimes } from "../load/programs.ts";
import type { Sample } from "./soak-run.ts";

/** Nothing listens there, and no socket gets this port by itself. */
const refusing = "127.0.0.1:9";

/** So much of its log is kept, to be told when it fails. */
const keptLogLength = 4000;

/** What `geryon doctor` says that matters here. */
interface Doctor {
  readonly io?: string;
  readonly capabilities: { readonly reset: { readonly supported: boolean } };
}

/** Where clients find it: an upstream that answers, one of which an endpoint refuses, and one with nothing else. */
export interface SoakPorts {
  readonly port: number;
  readonly mixed: number;
  readonly refused: number;
}

/** A Geryon that runs. */
export class SoakedProxy implements AsyncDisposable {
  ports: SoakPorts = { port: 0, mixed: 0, refused: 0 };
  /** Which sockets it takes; empty when it has no choice. */
  readonly io: string;
  /** Whether it can send RST. */
  readonly resets: boolean;
  readonly #child: ChildProcess;
  readonly #admin: number;
  readonly #startedMs = performance.now();
  #log = "";

  static async start(runtime: string, endpointPort: number, folder: TemporaryFolder): Promise<SoakedProxy> {
    const args = runtimes.find(([name]) => name === runtime)?.[1] ?? [];
    const command = [runtimeProgram(runtime), ...args, repositoryFile("src/main.ts")];
    const admin = await freePort();
    const config = folder.file(`soak-${runtime}.json`);
    const anyPort = "127.0.0.1:0";
    const endpoint = `127.0.0.1:${endpointPort}`;
    // What refuses shall be tried again and again.
    const trusting = { health: "off", outlier: "off" };
    writeFileSync(
      config,
      JSON.stringify({
        listeners: {
          main: { address: anyPort, upstream: "origin", idleTimeout: "3s" },
          mixed: { address: anyPort, upstream: "mixed", idleTimeout: "3s" },
          refused: { address: anyPort, upstream: "nobody" },
        },
        upstreams: {
          origin: { endpoints: [endpoint] },
          mixed: { ...trusting, policy: "round-robin", endpoints: [{ address: endpoint, weight: 9 }, refusing] },
          nobody: { ...trusting, endpoints: [refusing] },
        },
        // On a busy machine a loop may lag; who is refused for that has not failed.
        limits: { overload: "off" },
        admin: { address: `127.0.0.1:${admin}` },
      }),
    );
    const proxy = new SoakedProxy(command, config, admin);
    try {
      await until(() => proxy.#isReady(), "the proxy is ready");
      const [port = 0, mixed = 0, refused = 0] = (await proxy.stats()).listeners.map(portOf);
      proxy.ports = { port, mixed, refused };
    } catch (error) {
      await proxy[Symbol.asyncDispose]();
      throw new Error(proxy.log, { cause: error });
    }
    return proxy;
  }

  private constructor(command: readonly string[], config: string, admin: number) {
    const [program = "", ...args] = command;
    const doctor = JSON.parse(spawnSync(program, [...args, "doctor", "--json"]).stdout.toString()) as Doctor;
    this.io = doctor.io ?? "";
    this.resets = doctor.capabilities.reset.supported;
    this.#admin = admin;
    this.#child = spawn(program, [...args, "proxy", "--config", config], { stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr?.on("data", (bytes: Buffer) => {
      this.#log = (this.#log + bytes.toString()).slice(-keptLogLength);
    });
  }

  /** The end of its log. */
  get log(): string {
    return this.#log;
  }

  /** Its counters. */
  async stats(): Promise<Stats> {
    return (await (await fetch(`http://127.0.0.1:${this.#admin}/stats`)).json()) as Stats;
  }

  /** What the kernel says of it now. */
  sample(): Sample {
    const pids = processTree(this.#child.pid ?? 0);
    const sum = (of: (pid: number) => number): number => pids.reduce((total, pid) => total + of(pid), 0);
    return {
      seconds: (performance.now() - this.#startedMs) / 1000,
      descriptors: sum((pid) => readdirSync(`/proc/${pid}/fd`).length),
      residentBytes: sum(
        (pid) => Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024,
      ),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async #isReady(): Promise<boolean> {
    if (this.#child.exitCode !== null) throw new Error("The proxy has ended");
    try {
      return (await fetch(`http://127.0.0.1:${this.#admin}/ready`)).ok;
    } catch {
      return false; // It does not listen yet.
    }
  }
}

function portOf({ address }: ListenerStats): number {
  return Number(address.slice(address.lastIndexOf(":") + 1));
}
