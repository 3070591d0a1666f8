import type { Timer } from "../../core/runtime/clock.ts";
import type { Io } from "../../core/runtime/io.ts";
import { ListenError, type Runtime } from "../../core/runtime/runtime.ts";
import type { FromWorker, ToWorker, WorkerAnswer, WorkerInit, WorkerNotice } from "./messages.ts";
import type { SpawnWorker, WorkerThread } from "./thread.ts";

/** One that dies sooner than this after its start is replaced only later: it may well die again. */
const shortLifeMs = 1000;
/** How much later. */
const pauseMs = 500;
/** How long a worker may take to answer before what waits for it goes on all the same: its loop may stand still. */
const answerMs = 1000;

/** What a worker is told that it answers. */
type Question = "open" | "close" | "cut";

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
  /** Nobody is to serve here any more. */
  #closing = false;
  /** Its end is wanted. */
  #ending = false;
  #startedMs = 0;
  #error: unknown;
  #timer: Timer | undefined;
  /** What the worker has not answered yet. A dead one answers undefined. */
  readonly #asked = new Map<Question, PromiseWithResolvers<WorkerAnswer | undefined>>();
  /** Which sockets the worker has, or had. */
  io: Io;
  /** How often the worker was replaced. */
  restarts = 0;
  /** Log lines that its workers lost. */
  logLinesDropped = 0;

  constructor(
    init: WorkerInit,
    context: { readonly runtime: Runtime; readonly spawn: SpawnWorker },
    events: WorkerSeatEvents,
  ) {
    this.#init = init;
    this.io = init.io;
    this.#runtime = context.runtime;
    this.#spawn = context.spawn;
    this.#events = events;
  }

  /** Starts the worker; rejects with its `ListenError` when it cannot bind a listener. */
  async open(): Promise<void> {
    await this.#start();
    this.#serves = !this.#closing;
  }

  /** Tells the worker something, if there is one. */
  post(message: ToWorker): void {
    if (this.#made) this.#thread?.post(message);
  }

  /** Lets it stop accepting; from here on nobody takes its place. */
  async close(): Promise<void> {
    this.#retire();
    // One that has not said yet that it is there has no connection that could go on.
    if (this.#made) await this.#tell("close");
    else await this.#end();
  }

  /** Lets it reset its connections, and ends it. */
  async cut(): Promise<void> {
    this.#retire();
    this.#ending = true;
    if (this.#made) await this.#tell("cut");
    await this.#end();
  }

  #retire(): void {
    this.#closing = true;
    this.#serves = false;
    this.#timer?.cancel();
  }

  async #end(): Promise<void> {
    this.#ending = true;
    await this.#thread?.terminate();
  }

  /** Rejects with the worker's `ListenError`, or with what it died of. */
  async #start(): Promise<void> {
    this.#startedMs = this.#runtime.clock.now();
    this.#error = undefined;
    this.io = this.#init.io;
    const opened = this.#answerTo("open");
    try {
      this.#thread = this.#spawn(this.#init, {
        onMessage: (message) => this.#heard(message),
        onError: (error) => void (this.#error = error),
        onExit: () => this.#exited(),
      });
    } catch (error) {
      // The system has no thread for it now.
      this.#error = error;
      this.#exited();
    }
    const answer = await opened;
    if (answer?.type === "opened") return;
    if (answer?.type === "open-failed") throw new ListenError(answer.address, answer.code, answer.message);
    throw this.#error instanceof Error ? this.#error : new Error(`A worker did not start: ${String(this.#error)}`);
  }

  /** Starts another worker after one has died; again and again, if need be. */
  async #replace(): Promise<void> {
    // Where no room can be made the worker cannot bind, and says so.
    await this.#events.prepare().catch(() => {});
    if (!this.#serves) return;
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
        if (this.#ending) return;
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

  /** Resolves when the worker has done it, is dead, or has not answered for too long. */
  async #tell(what: "close" | "cut"): Promise<void> {
    const isAsked = this.#asked.has(what);
    const answer = this.#answerTo(what);
    if (!isAsked) this.post({ type: what });
    const timer = this.#runtime.clock.after(answerMs, () => this.#answer(what, undefined));
    await answer;
    timer.cancel();
  }

  #answerTo(question: Question): Promise<WorkerAnswer | undefined> {
    const asked = this.#asked.get(question) ?? Promise.withResolvers<WorkerAnswer | undefined>();
    this.#asked.set(question, asked);
    return asked.promise;
  }

  #answer(question: Question, answer: WorkerAnswer | undefined): void {
    this.#asked.get(question)?.resolve(answer);
    this.#asked.delete(question);
  }

  #exited(): void {
    this.#thread = undefined;
    this.#made = false;
    this.#events.onGone();
    if (!this.#ending) this.#events.onDied(this.#error);
    for (const question of this.#asked.keys()) this.#answer(question, undefined);
    if (!this.#serves) return;
    const { clock } = this.#runtime;
    const lifeMs = clock.now() - this.#startedMs;
    this.#timer = clock.after(lifeMs < shortLifeMs ? pauseMs : 0, () => void this.#replace());
  }
}
