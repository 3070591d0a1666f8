import type { FromWorker, ToWorker, WorkerInit } from "../../src/control/workers/messages.ts";
import type { MainThread, WorkerThread, WorkerThreadHandler } from "../../src/control/workers/thread.ts";
import type { FlagWaits } from "../../src/control/workers/thread-bell.ts";
import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import type { Dice } from "./dice.ts";
import type { Core } from "./load-core.ts";
import type { WorkersPlan } from "./scenario.ts";
import type { SimHost } from "./sim-host.ts";
import { SimRuntime } from "./sim-runtime.ts";
import { SimThread } from "./sim-thread.ts";

/** Random numbers of the threads start here; those of links are far below. */
const firstStream = 2_000_000;
/** So much ahead of the one before is each thread's monotonic clock. */
const clockAheadMs = 12_345;
/** How long it takes until a thread's end is known. */
const exitMs: readonly [number, number] = [0.1, 30];

/** What the threads tell. */
export interface SimThreadsEvents {
  onRecord(record: ConnectionRecord): void;
  onExchange(record: ExchangeRecord): void;
  /** A worker's thread is about to die. `timers` are what it left behind although it was told to end. */
  onDeath(worker: number, timers: number): void;
}

/** Threads in virtual time, for the real pool and the real workers: only threads, messages and the bell are ours. */
export class SimThreads {
  readonly plan: WorkersPlan;
  /** How often a thread was woken by the bell. */
  wakes = 0;
  readonly #host: SimHost;
  readonly #core: Core;
  readonly #events: SimThreadsEvents;
  readonly #dice: Dice;
  /** The last one of each worker. */
  readonly #threads = new Map<number, SimWorkerThread>();
  /** Who waits for the bell, by the place of its flag. */
  readonly #waiting = new Map<number, { readonly thread: SimThread; readonly onWoken: () => void }>();
  #started = 0;

  constructor(plan: WorkersPlan, host: SimHost, core: Core, events: SimThreadsEvents) {
    this.plan = plan;
    this.#host = host;
    this.#core = core;
    this.#events = events;
    this.#dice = host.network.dice(firstStream);
    host.spreadSkew = plan.skew;
  }

  /** Every thread knows what the others did: none stands still, nothing is on its way to one, and no death is unknown. */
  get settled(): boolean {
    const isSettled = ({ loop, expects }: SimThread): boolean => !loop.busy && expects === 0;
    return (
      isSettled(this.#host.mainThread) &&
      this.#threads.values().every(({ thread, dead, exited }) => (dead ? exited : isSettled(thread)))
    );
  }

  readonly spawn = (init: WorkerInit, handler: WorkerThreadHandler): WorkerThread => {
    const { network, mainThread } = this.#host;
    const started = ++this.#started;
    const stream = firstStream + 2 * started;
    const thread = new SimThread(
      this.#host,
      network.dice(stream),
      network.settings.timerLatenessMs,
      clockAheadMs * started,
    );
    const runtime = plain(new SimRuntime(thread, network.dice(stream + 1)));
    const worker = new SimWorkerThread(thread, {
      index: init.index,
      mainThread,
      handler,
      dice: this.#dice,
      plan: this.plan,
      onDeath: (timers) => this.#events.onDeath(init.index, timers),
    });
    this.#threads.set(init.index, worker);
    thread.tell(this.#dice.between(...this.plan.startMs), () =>
      this.#core.WorkerDuty.begin(
        init,
        worker.main,
        { runtime, clock: new this.#core.WorkerClock(thread.loop), waits: this.waitsOf(thread) },
        {
          onConnectionEnd: (record) => this.#events.onRecord(record),
          onExchangeEnd: (record) => this.#events.onExchange(record),
          taken() {},
          end: () => Promise.resolve(),
        },
      ),
    );
    return worker;
  };

  /** How a thread waits for the bell. */
  waitsOf(thread: SimThread): FlagWaits {
    return {
      wait: (flags, index, onWoken) => {
        if (Atomics.load(flags, index) !== 0) return false;
        this.#waiting.set(index, { thread, onWoken });
        return true;
      },
      notify: (_, index) => {
        const waiting = this.#waiting.get(index);
        if (waiting === undefined) return;
        this.#waiting.delete(index);
        waiting.thread.tell(this.#dice.between(...this.plan.bellMs), () => {
          this.wakes++;
          waiting.onWoken();
        });
      },
    };
  }

  /** A worker's thread vanishes now, if there is one. */
  kill(worker: number): void {
    const thread = this.#threads.get(worker);
    if (thread === undefined || thread.dead) return;
    thread.die();
  }

  /** A worker's loop stands still; without one, all of them. */
  stall(worker: number | undefined, ms: number): void {
    for (const [one, { thread }] of this.#threads) if (worker === undefined || worker === one) thread.loop.stall(ms);
  }
}

/** What a worker's thread is made in. */
interface ThreadContext {
  readonly index: number;
  readonly mainThread: SimThread;
  readonly handler: WorkerThreadHandler;
  readonly dice: Dice;
  readonly plan: WorkersPlan;
  /** Its connections are over in this moment; `timers`: those that it should have stopped, if it was to. */
  readonly onDeath: (timers: number) => void;
}

/** A worker's thread, from both ends: messages take their time and keep their order. */
class SimWorkerThread implements WorkerThread {
  readonly thread: SimThread;
  /** The worker's end. */
  readonly main: MainThread;
  dead = false;
  /** Its end is known. */
  exited = false;
  readonly #context: ThreadContext;
  readonly #toWorker: ToWorker[] = [];
  readonly #fromWorker: FromWorker[] = [];
  #saidCut = false;
  #onMessage: ((message: ToWorker) => void) | undefined = undefined;
  #whenGone: (() => void)[] = [];

  constructor(thread: SimThread, context: ThreadContext) {
    this.thread = thread;
    this.#context = context;
    this.main = {
      post: (message) => {
        if (this.dead) return;
        this.#fromWorker.push(message);
        if (message.type === "cut") this.#saidCut = true;
        this.#trace(`says ${message.type}`);
        // What it had sent before its end still comes, as ports do.
        context.mainThread.tell(this.#messageMs(), () => this.#tellMain());
      },
      listen: (onMessage) => void (this.#onMessage = onMessage),
    };
  }

  post(message: ToWorker): void {
    this.#trace(`is told ${message.type}`);
    this.#toWorker.push(message);
    this.thread.tell(this.#messageMs(), () => {
      const first = this.#toWorker.shift();
      if (first !== undefined) this.#onMessage?.(first);
    });
  }

  terminate(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.exited) resolve();
    else this.#whenGone.push(resolve);
    if (!this.dead) this.die();
    return promise;
  }

  die(): void {
    const { mainThread, handler, dice, onDeath } = this.#context;
    this.#trace("dies");
    onDeath(this.#saidCut ? this.thread.loop.timers : 0);
    this.dead = true;
    this.thread.die();
    mainThread.tell(dice.between(...exitMs), () => {
      // Nothing comes after the exit.
      while (this.#fromWorker.length > 0) this.#tellMain();
      this.exited = true;
      handler.onExit();
      for (const resolve of this.#whenGone) resolve();
    });
  }

  #tellMain(): void {
    const first = this.#fromWorker.shift();
    if (first !== undefined) this.#context.handler.onMessage(first);
  }

  #messageMs(): number {
    const { dice, plan } = this.#context;
    return dice.between(...plan.messageMs);
  }

  #trace(what: string): void {
    this.thread.host.network.trace?.(`worker ${this.#context.index}`, what);
  }
}

/** The core makes a copy of it with a clock of its own. */
function plain(runtime: SimRuntime): Runtime {
  const { name, version, io, capabilities, clock, random } = runtime;
  return {
    name,
    version,
    io,
    capabilities,
    clock,
    random,
    listen: (options, handler) => runtime.listen(options, handler),
    connect: (options, handler) => runtime.connect(options, handler),
    resolve: (host, handler) => runtime.resolve(host, handler),
    resources: () => runtime.resources(),
  };
}
