import type { Timer } from "../../core/runtime/clock.ts";
import { ListenError, type Runtime } from "../../core/runtime/runtime.ts";
import type { FromWorker, ToWorker, WorkerAnswer, WorkerInit, WorkerNotice } from "./messages.ts";
import type { SpawnWorker, WorkerThread } from "./thread.ts";

/** One that dies sooner than this after its start is replaced only later: it may well die again. */
const shortLifeMs = 1000;
/** How much later. */
const pauseMs = 500;
/** How long a worker may take to stop or to reset its connections: from then on nobody waits for it. */
const answerMs = 1000;

/** What a seat tells. */
export interface WorkerSeatEvents {
  /** What the worker has to know before it opens: what changed since the settings. */
  changes(): readonly ToWorker[];
  onNotice(notice: WorkerNotice): void;
  /** The worker died, and was not told to. What it held is to be given back before this returns. */
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
  /** It is not to accept any more. */
  #closing = false;
  /** Its end is wanted. */
  #cutting = false;
  #startedMs = 0;
  #error: unknown;
  #timer: Timer | undefined;
  /** Told when the worker has done what it was last told, or will not. */
  #answered: ((answer: WorkerAnswer | undefined) => void) | undefined;
  /** The answers that this may be. */
  #awaited: readonly WorkerAnswer["type"][] = [];
  /** Resolves when the last worker that was told to serve does, or is dead. */
  #opened: Promise<unknown> = Promise.resolve();
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

  /** Lets it stop accepting; from here on nobody takes its place. One that is not there yet will not serve. */
  async close(): Promise<void> {
    this.#serves = false;
    this.#closing = true;
    this.#timer?.cancel();
    // What it binds just now, it could not close yet.
    const timer = this.#runtime.clock.after(answerMs, () => this.#answer(undefined));
    if (this.#made) await this.#opened;
    timer.cancel();
    await this.#ask({ type: "close" }, "closed");
  }

  /** Lets it reset its connections, and ends it. */
  async cut(): Promise<void> {
    this.#serves = false;
    this.#cutting = true;
    this.#timer?.cancel();
    await this.#ask({ type: "cut" }, "cut");
    await this.#thread?.terminate();
  }

  /** Rejects with the worker's `ListenError`, or with what it died of. */
  async #start(): Promise<void> {
    this.#startedMs = this.#runtime.clock.now();
    const opened = this.#nextAnswer("opened", "open-failed");
    this.#opened = opened;
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
    // What is in the way all the same, the bind will tell.
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
        this.#made = true;
        if (this.#closing) return;
        for (const change of this.#events.changes()) this.post(change);
        this.post({ type: "open", nowMs: this.#runtime.clock.now() });
        return;
      case "opened":
      case "open-failed":
      case "closed":
      case "cut":
        this.#answer(message);
        return;
      default:
        this.#events.onNotice(message);
    }
  }

  /** Tells the worker something, if there is one, and waits for the answer; but not for ever. */
  async #ask(message: ToWorker, answer: WorkerAnswer["type"]): Promise<void> {
    if (!this.#made) return;
    const answered = this.#nextAnswer(answer);
    const timer = this.#runtime.clock.after(answerMs, () => this.#answer(undefined));
    this.post(message);
    await answered;
    timer.cancel();
  }

  /** Who waited for another one waits in vain. */
  #nextAnswer(...awaited: readonly WorkerAnswer["type"][]): Promise<WorkerAnswer | undefined> {
    this.#answer(undefined);
    this.#awaited = awaited;
    return new Promise((resolve) => void (this.#answered = resolve));
  }

  #answer(answer: WorkerAnswer | undefined): void {
    if (answer !== undefined && !this.#awaited.includes(answer.type)) return;
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(answer);
  }

  #exited(): void {
    this.#thread = undefined;
    this.#made = false;
    if (!this.#cutting) this.#events.onDied(this.#error);
    this.#answer(undefined);
    if (!this.#serves) return;
    const { clock } = this.#runtime;
    const lifeMs = clock.now() - this.#startedMs;
    this.#timer = clock.after(lifeMs < shortLifeMs ? pauseMs : 0, () => void this.#replace());
  }
}
