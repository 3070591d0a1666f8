/** Threads, the same on the three runtimes: `node:worker_threads`. */
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

/** A thread that was started. Messages are plain documents; shared buffers in them stay shared. */
export interface Thread<To> {
  post(message: To): void;
  /** Ends it at once. Resolves when it is gone, its sockets with it. */
  terminate(): Promise<void>;
}

/** Told about a thread that was started. */
export interface ThreadHandler<From> {
  onMessage(message: From): void;
  /** It threw; `onExit` follows. */
  onError(error: unknown): void;
  /** It is gone, its sockets with it: once, and the last call. */
  onExit(): void;
}

/** The thread that started this one. */
export interface ParentThread<To, From> {
  post(message: From): void;
  listen(onMessage: (message: To) => void): void;
  /** Calls when this thread is about to end because something threw, where the runtime tells (Deno does not). */
  beforeDeath(callback: () => void): void;
}

/** Starts a thread at a module, which finds `data` with `threadData`. */
export function spawnThread<To, From>(entry: URL, data: unknown, handler: ThreadHandler<From>): Thread<To> {
  const worker = new Worker(entry, { workerData: data });
  const exited = new Promise<void>((resolve) => {
    worker.on("exit", () => {
      handler.onExit();
      resolve();
    });
  });
  worker.on("message", (message: From) => handler.onMessage(message));
  worker.on("error", (error) => handler.onError(error));
  return {
    post: (message) => worker.postMessage(message),
    async terminate() {
      void worker.terminate();
      await exited;
    },
  };
}

/** What this thread was started with; undefined in the main thread. */
export function threadData(): unknown {
  return isMainThread ? undefined : workerData;
}

/** The thread that started this one. Throws in the main thread. */
export function parentThread<To, From>(): ParentThread<To, From> {
  const port = parentPort;
  if (port === null) throw new Error("The main thread has no parent");
  return {
    post: (message) => port.postMessage(message),
    listen: (onMessage) => void port.on("message", onMessage),
    beforeDeath: (callback) => void process.on("uncaughtExceptionMonitor", callback),
  };
}
