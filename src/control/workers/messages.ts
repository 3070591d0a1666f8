/** What main thread and workers tell each other: never about a single connection. */
import type { RefusalReason } from "../../core/limits/refusals.ts";
import type { ListenAddress } from "../../core/runtime/address.ts";
import type { Io } from "../../core/runtime/io.ts";
import type { OwnerPlace } from "../../core/runtime/ownership.ts";
import type { EndpointSettings, ProxySettings } from "../../core/server/settings.ts";
import type { RecordOptions } from "../log/records.ts";

/** What a worker is made with. */
export interface WorkerInit {
  readonly index: number;
  readonly workers: number;
  readonly settings: ProxySettings;
  /** The memory that all share, and the flags of their bell; the main thread's flag is the last. */
  readonly memory: SharedArrayBuffer;
  readonly bell: SharedArrayBuffer;
  readonly log: RecordOptions;
  /** Which sockets the main thread has. */
  readonly io: Io;
  /** Where what it opens is written down, as the main thread closes it; absent: the end of its thread closes all. */
  readonly place?: OwnerPlace | undefined;
}

/** An endpoint of an upstream that came after the settings: its state is in a memory of its own. */
export interface AddedEndpoint {
  readonly upstream: string;
  readonly settings: EndpointSettings;
  readonly memory: SharedArrayBuffer;
}

/** An endpoint that its upstream has no more. */
export interface RemovedEndpoint {
  readonly upstream: string;
  readonly name: string;
}

/** From the main thread to a worker. */
export type ToWorker =
  /** Serve. `nowMs` is the main thread's monotonic clock: a worker's may have another start. */
  | { readonly type: "open"; readonly nowMs: number }
  | { readonly type: "add-endpoint"; readonly endpoint: AddedEndpoint }
  | { readonly type: "remove-endpoint"; readonly endpoint: RemovedEndpoint }
  /** Stop accepting. */
  | { readonly type: "close" }
  /** Reset what still runs. */
  | { readonly type: "cut" }
  | { readonly type: "log-taken" };

/** From a worker to the main thread. */
export type FromWorker = WorkerAnswer | WorkerNotice;

/** How far a worker is with what it was told. */
export type WorkerAnswer =
  /** It is there, and waits for `open`. */
  | { readonly type: "made" }
  | { readonly type: "opened" }
  | { readonly type: "open-failed"; readonly address: ListenAddress; readonly code: string; readonly message: string }
  | { readonly type: "closed" }
  | { readonly type: "cut" };

/** What a worker tells by itself. */
export type WorkerNotice =
  | { readonly type: "accept-error"; readonly listener: string; readonly code: string }
  | { readonly type: "refusals"; readonly listener: string; readonly reason: RefusalReason; readonly count: number }
  /** Unlike the main thread it could not have the reactor: the runtime's own sockets serve. Before it says that it is there. */
  | { readonly type: "no-reactor"; readonly reason: string }
  /** Lines for the log, gathered for a tenth of a second or so. `log-taken` lets the next come. */
  | { readonly type: "log"; readonly bytes: Uint8Array; readonly dropped: number };
