/** What a program has to be to be measured. */
import type { TemporaryFolder } from "../../test/support/programs.ts";
import type { NativePrograms } from "./native.ts";
import { Started } from "./started.ts";

/** Where a contender is started. */
export interface Place {
  readonly folder: TemporaryFolder;
  readonly native: NativePrograms;
  /** The port of the origin. */
  readonly endpoint: number;
  readonly cores: string;
  readonly workers: number;
  /** What it relays: bytes where nothing is said. */
  readonly protocol?: "http";
  /** Whether Geryon has an admin address. */
  readonly admin?: boolean;
  /** Settings of Geryon's that only this measurement needs. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A contender that relays from `port` to the origin. */
export interface RunningContender extends AsyncDisposable {
  readonly port: number;
  /** Where Geryon's admin API listens, when `Place` asks for it. */
  readonly adminPort?: number;
  readonly pids: readonly number[];
}

/**
 * What kind of program it is; dimensions choose by it. `relay` and `bare` are relays of ours that do nothing else, the
 * latter on the runtimes; `splicing` differs from a peer only in how it moves many bytes, `logging` in that it writes a
 * record of each connection; `silent` differs from Geryon in that it writes none, `runtime` in that the runtime's own
 * sockets carry the bytes. `http-peer` and `javascript` are proxies that know HTTP only, the latter in JavaScript on Node;
 * `reusing` and `alike` differ from a peer in that they use connections to endpoints for more than one client, or send the
 * headers that Geryon sends.
 */
export type Kind =
  | "peer"
  | "splicing"
  | "logging"
  | "relay"
  | "bare"
  | "geryon"
  | "runtime"
  | "silent"
  | "http-peer"
  | "javascript"
  | "reusing"
  | "alike"
  | "executable"
  | "bundled";

/** A program that can be measured. */
export interface Contender {
  readonly name: string;
  readonly kind: Kind;
  readonly version: string;
  /** What it has on, in a few words. */
  readonly has: string;
  /** How it is started, for the report. */
  readonly commandLine: string;
  /** Why it cannot be measured here; empty when it can. */
  readonly missing: string;
  /** Whether it can have more than one worker. */
  readonly manyWorkers: boolean;
  start(place: Place): Promise<RunningContender>;
}

/** Starts a program and waits until it relays on a port. */
export async function startContender(
  command: readonly string[],
  port: number,
  place: Place,
  env?: NodeJS.ProcessEnv,
): Promise<RunningContender> {
  return await whenItAnswers(new Started(command, place.cores, place.folder, env), port);
}

/** Waits until a process relays on a port; ends it when it does not. */
export async function whenItAnswers(process: Started, port: number): Promise<RunningContender> {
  try {
    await process.answers(port);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
  return {
    port,
    get pids() {
      return process.pids;
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
