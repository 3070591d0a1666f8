import type { Timer } from "../../core/runtime/clock.ts";
import { ListenError, type Runtime } from "../../core/runtime/runtime.ts";
import type { FromWorker, ToWorker, WorkerInit, WorkerNotice } from "./messages.ts";
import type { SpawnWorker, WorkerThread } from "./thread.ts";

/** One that dies sooner than this after its start is replaced only later: it may well die again. */
const shortLifeMs = 1000;
/** How much later. */
const pauseMs = 500;
/** How long a worker may take to reset its connections before its thread is ended all the same. */
const cutMs = 1000;

/** What a seat tells. */
export interface WorkerSeatEvents {
  /** What the worker has to know before it opens: what changed since the settings. */
  changes(): readonly ToWorker[];
  onNotice(notice: WorkerNotice): void;
  /** The worker is gone. What it held is to be given back before this returns. */
  onGone(): void;
  /** It was not told to; after `onGone`. */
  onDied(error: unknown): void;
  /** Another one serves in its place. */
  onReplaced(): void;
  /** Makes room for the one that comes. */
  prepare(): Promise<void>;
}

/** What a worker answers to. */
type Question = "open" | "close" | "cut";

/** A worker's place in the pool: the thread that runs there, and after its death the next. */
export class WorkerSeat {
  readonly #init: WorkerInit;
  readonly #runtime: Runtime;
  readonly #spawn: SpawnWorker;
  readonly #events: WorkerSeatEvents;
  #thread: WorkerThread | undefined;
  /** The thread has said that it is there, so it gets each message. */
  #made = false;
  /** A worker has served here: another one takes the place of one that dies. */
  #serves = false;
  /** No worker is to serve here any more. */
  #ending = false;
  #cut: Promise<void> | undefined;
  #startedMs = 0;
  #error: unknown;
  #timer: Timer | undefined;
  /** Told when the worker has done what it was told, or is dead. One may be told to cut before it has closed. */
  readonly #asked = new Map<Question, (answer: FromWorker | undefined) => void>();
  /** How often the worker was replaced. */
  restarts = 0;

  constructor(
    init: WorkerInit,
    context: { readonly runtime: Runtime; readonly spawn: SpawnWorker },
    events: WorkerSeatEvents,
  ) {
    this.#init = init;
    this.#runtime = context.runtime;
    this.#spawn = context.spawn;
    this.#events = events;
  }

  /** Starts the worker; rejects with its `ListenError` when it cannot bind a listener. */
  async open(): Promise<void> {
    await this.#start();
    this.#serves = true;
  }

  /** Tells the worker something, if there is one. */
  post(message: ToWorker): void {
    if (this.#made) this.#thread?.post(message);
  }

  /** Lets it stop accepting; from here on nobody takes its place. */
  async close(): Promise<void> {
    this.#end();
    if (this.#made) await this.#ask("close");
    // One that has just started holds nothing yet.
    else await this.#thread?.terminate();
  }

  /** Lets it reset its connections, and ends it. A second call waits for the first. */
  cut(): Promise<void> {
    return (this.#cut ??= this.#cutNow());
  }

  async #cutNow(): Promise<void> {
    this.#end();
    const thread = this.#thread;
    if (thread === undefined) return;
    const timer = this.#runtime.clock.after(cutMs, () => this.#answer("cut", undefined));
    if (this.#made) await this.#ask("cut");
    timer.cancel();
    await thread.terminate();
  }

  #end(): void {
    this.#serves = false;
    this.#ending = true;
    this.#timer?.cancel();
  }

  /** Rejects with the worker's `ListenError`, or with what it died of. */
  async #start(): Promise<void> {
    this.#startedMs = this.#runtime.clock.now();
    const opened = this.#answerTo("open");
    this.#thread = this.#spawn(this.#init, {
      onMessage: (message) => this.#heard(message),
      onError: (error) => void (this.#error = error),
      onExit: () => this.#exited(),
    });
    const answer = await opened;
    if (answer?.type === "opened") return;
    if (answer?.type === "open-failed") throw new ListenError(answer.address, answer.code, answer.message);
    throw this.#error instanceof Error ? this.#error : new Error(`A worker did not start: ${String(this.#error)}`);
  }

  /** Starts another worker after one has died; again and again, if need be. */
  async #replace(): Promise<void> {
    await this.#events.prepare();
    if (this.#ending) return;
    try {
      await this.#start();
    } catch (error) {
      this.#error = error;
      // Its exit leads here again.
      await this.#thread?.terminate();
      return;
    }
    this.restarts++;
    this.#events.onReplaced();
  }

  #heard(message: FromWorker): void {
    switch (message.type) {
      case "made":
        this.#made = true;
        for (const change of this.#events.changes()) this.post(change);
        this.post({ type: "open", nowMs: this.#runtime.clock.now() });
        return;
      case "opened":
      case "open-failed":
        this.#answer("open", message);
        return;
      case "closed":
        this.#answer("close", message);
        return;
      case "cut":
        this.#answer("cut", message);
        return;
      default:
        this.#events.onNotice(message);
    }
  }

  #ask(type: "close" | "cut"): Promise<FromWorker | undefined> {
    const answer = this.#answerTo(type);
    this.post({ type });
    return answer;
  }

  #answerTo(question: Question): Promise<FromWorker | undefined> {
    return new Promise((resolve) => void this.#asked.set(question, resolve));
  }

  #answer(question: Question, answer: FromWorker | undefined): void {
    const asked = this.#asked.get(question);
    this.#asked.delete(question);
    asked?.(answer);
  }

  #exited(): void {
    const wasWanted = this.#cut !== undefined || (this.#ending && !this.#made);
    this.#thread = undefined;
    this.#made = false;
    this.#events.onGone();
    if (!wasWanted) this.#events.onDied(this.#error);
    for (const question of [...this.#asked.keys()]) this.#answer(question, undefined);
    if (!this.#serves) return;
    const { clock } = this.#runtime;
    const lifeMs = clock.now() - this.#startedMs;
    this.#timer = clock.after(lifeMs < shortLifeMs ? pauseMs : 0, () => void this.#replace());
  }
}
