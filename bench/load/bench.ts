/** What all dimensions share: the origin, warm contenders, and rounds that take turns. */
import { TemporaryFolder } from "../../test/support/programs.ts";
import type { Contender, Kind, Place, RunningContender } from "./contender.ts";
import { loadCore, proxyCore } from "./machine.ts";
import { LoadFailure, type NativePrograms } from "./native.ts";
import { Started } from "./started.ts";
import type { Row } from "./table.ts";

/** What a run of the benchmark has to work with. */
export interface Bench {
  readonly native: NativePrograms;
  readonly contenders: readonly Contender[];
  readonly rounds: number;
  /** How long a measurement takes. */
  readonly measureMs: number;
  /** How long a contender is warmed up: long enough for the compilers of the runtimes. */
  readonly warmUpMs: number;
  /** How long memory is left alone before it is read. */
  readonly settleMs: number;
}

/** Something to measure of one contender; may throw `LoadFailure` when it cannot do it. */
export type Measure<Subject> = (subject: Subject) => Promise<Readonly<Record<string, number>>>;

/** An origin that runs, for contenders to relay to. */
export interface Origin extends AsyncDisposable {
  readonly port: number;
}

/** The contenders of some kinds. */
export function ofKinds({ contenders }: Bench, ...kinds: readonly Kind[]): Contender[] {
  return contenders.filter(({ kind }) => kinds.includes(kind));
}

/** Our own origin: an echo, and a sink that sends as much back. */
export function startOrigin(native: NativePrograms, cores: string = loadCore): Promise<Origin> {
  return started(native.origin, cores);
}

/** Our own web server. */
export function startHttpOrigin(native: NativePrograms): Promise<Origin> {
  return started(native.httpOrigin, loadCore);
}

async function started(program: string, cores: string): Promise<Origin> {
  const folder = new TemporaryFolder();
  const process = new Started([program], cores, folder);
  return {
    port: await process.saidPort(),
    async [Symbol.asyncDispose]() {
      await process[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

/** Measures A B C A B C: the machine drifts, and so drifts for all. One that fails once is not asked again. */
export async function takeTurns<Subject extends { readonly name: string; readonly missing?: string }>(
  subjects: readonly Subject[],
  rounds: number,
  measure: Measure<Subject>,
): Promise<Row[]> {
  const rows = subjects.map((subject): Row => ({ name: subject.name, rounds: [], failure: subject.missing ?? "" }));
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      const row = rows[index];
      if (row === undefined || row.failure !== "") continue;
      try {
        row.rounds.push(await measure(subject));
      } catch (error) {
        if (!(error instanceof LoadFailure)) throw error;
        row.failure = error.message;
        if (error.figures !== undefined) row.rounds.push(error.figures);
      }
    }
    progress(`round ${round + 1} of ${rounds}`);
  }
  return rows;
}

/** A contender that runs, with the folder of its files. */
export interface Warm extends AsyncDisposable {
  readonly name: string;
  readonly missing: string;
  readonly running: RunningContender | undefined;
}

/** Where contenders run whose only load it is: on a core of their own. */
export function alone(origin: Origin): Seat {
  return { endpoint: origin.port, cores: proxyCore, workers: 1 };
}

/** What a dimension says of where a contender is started. */
export type Seat = Pick<Place, "endpoint" | "cores" | "workers" | "protocol" | "settings">;

/** Starts contenders, all at a time, and warms each up. What fails there becomes its row's failure. */
export async function startAll(
  { native }: Bench,
  contenders: readonly Contender[],
  seat: Seat,
  warmUp: (running: RunningContender) => Promise<unknown>,
): Promise<Warm[] & AsyncDisposable> {
  const all: Warm[] = [];
  for (const contender of contenders) {
    const folder = new TemporaryFolder();
    let running: RunningContender | undefined;
    let { missing } = contender;
    try {
      if (missing === "") {
        running = await contender.start({ folder, native, ...seat });
        await warmUp(running);
      }
    } catch (error) {
      missing = error instanceof Error ? error.message : String(error);
    }
    all.push({
      name: contender.name,
      missing,
      running,
      async [Symbol.asyncDispose]() {
        await running?.[Symbol.asyncDispose]();
        folder[Symbol.dispose]();
      },
    });
  }
  return Object.assign(all, {
    async [Symbol.asyncDispose]() {
      for (const one of all) await one[Symbol.asyncDispose]();
    },
  });
}

/** Measures contenders that all run and are warm. */
export async function measureWarm(
  warm: readonly Warm[],
  rounds: number,
  measure: Measure<RunningContender>,
): Promise<Row[]> {
  return await takeTurns(warm, rounds, async ({ running }) => {
    if (running === undefined) throw new LoadFailure("it does not run");
    return await measure(running);
  });
}

/** Says on standard error how far it is. */
export function progress(what: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${what}\n`);
}
