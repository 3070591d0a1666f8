/** A thread as the control plane sees it: `adapters/compat/threads.ts` makes them. */
import type { FromWorker, ToWorker, WorkerInit } from "./messages.ts";

/** A worker's thread, from the main thread. */
export interface WorkerThread {
  post(message: ToWorker): void;
  /** Ends it at once. Resolves when it is gone, its sockets with it. */
  terminate(): Promise<void>;
}

/** Told about a worker's thread. */
export interface WorkerThreadHandler {
  onMessage(message: FromWorker): void;
  /** It threw; `onExit` follows. */
  onError(error: unknown): void;
  /** It is gone, its sockets with it: once, and the last call. */
  onExit(): void;
}

/** Starts a worker's thread. */
export type SpawnWorker = (init: WorkerInit, handler: WorkerThreadHandler) => WorkerThread;

/** The main thread, from a worker. */
export interface MainThread {
  post(message: FromWorker): void;
  /** Calls for each message that comes. */
  listen(onMessage: (message: ToWorker) => void): void;
  /** Calls when this thread is about to end because something threw, where the runtime tells. */
  beforeDeath?(callback: () => void): void;
}
