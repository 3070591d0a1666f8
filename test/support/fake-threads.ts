import { setImmediate } from "node:timers/promises";
import type { FromWorker, ToWorker, WorkerInit } from "../../src/control/workers/messages.ts";
import type { SpawnWorker, WorkerThread, WorkerThreadHandler } from "../../src/control/workers/thread.ts";

/** All that follows from what has just happened, timers aside, has happened. */
export const settled = (): Promise<void> => setImmediate();

/** A worker's thread in which nothing runs: it says what the test says. */
export class FakeThread implements WorkerThread {
  readonly init: WorkerInit;
  readonly #handler: WorkerThreadHandler;
  /** What it was told, in order. */
  readonly told: ToWorker[] = [];
  /** What it answers by itself. */
  readonly #answers: Partial<Record<ToWorker["type"], FromWorker>>;
  running = true;

  constructor(init: WorkerInit, handler: WorkerThreadHandler, answers: Partial<Record<ToWorker["type"], FromWorker>>) {
    this.init = init;
    this.#handler = handler;
    this.#answers = answers;
  }

  /** The types of what it was told, in order. */
  get orders(): string[] {
    return this.told.map(({ type }) => type);
  }

  post(message: ToWorker): void {
    this.told.push(message);
    const answer = this.#answers[message.type];
    // As messages go: later, and in order.
    if (answer !== undefined) queueMicrotask(() => this.say(answer));
  }

  async terminate(): Promise<void> {
    await Promise.resolve();
    this.#exit();
  }

  say(message: FromWorker): void {
    if (this.running) this.#handler.onMessage(message);
  }

  /** It throws, and is gone. */
  die(error: unknown = new Error("It died")): void {
    this.#handler.onError(error);
    this.#exit();
  }

  #exit(): void {
    if (!this.running) return;
    this.running = false;
    this.#handler.onExit();
  }
}

/** The threads that were started, in order. */
export class FakeThreads {
  readonly all: FakeThread[] = [];
  /** What the next ones answer by themselves: without more, as a worker does that is well. */
  answers: Partial<Record<ToWorker["type"], FromWorker>> = {
    open: { type: "opened" },
    close: { type: "closed" },
    cut: { type: "cut" },
  };
  /** Whether the next ones say by themselves that they are there. */
  arrive = true;

  readonly spawn: SpawnWorker = (init, handler) => {
    const thread = new FakeThread(init, handler, this.answers);
    this.all.push(thread);
    if (this.arrive) queueMicrotask(() => thread.say({ type: "made" }));
    return thread;
  };

  get running(): FakeThread[] {
    return this.all.filter(({ running }) => running);
  }

  /** The one that was started last. */
  get last(): FakeThread {
    const last = this.all.at(-1);
    if (last === undefined) throw new Error("No thread was started");
    return last;
  }
}
