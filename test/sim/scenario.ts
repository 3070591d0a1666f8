/** A scenario: all that happens in one run, as plain data, so that it can be kept, shrunk and played again. */
import type { ConnectFailure } from "../../src/core/runtime/runtime.ts";
import type { AdminState, EndpointSettings, ProxySettings } from "../../src/core/server/settings.ts";
import type { HttpPlan } from "./http-plan.ts";
import type { DnsEntry } from "./sim-dns.ts";
import type { NetworkSettings, Range } from "./sim-network.ts";

/** One run. Times are virtual milliseconds from the start. */
export interface Scenario {
  readonly seed: number;
  readonly settings: ProxySettings;
  /** Absent: the proxy runs in one thread. */
  readonly workers?: WorkersPlan;
  readonly network: NetworkSettings;
  /** Descriptors the proxy's process may have open; absent: enough. */
  readonly maxDescriptors?: number;
  /** What endpoints do that is not the plan of a connection; by the address `host:port`. */
  readonly endpoints: Readonly<Record<string, EndpointPlan>>;
  /** What names lead to at first. */
  readonly names: Readonly<Record<string, DnsEntry>>;
  readonly connections: readonly ConnectionPlan[];
  /** Absent: the listeners speak TCP. Else they speak HTTP; `connections` are of those that tell it from other protocols. */
  readonly http?: HttpPlan;
  readonly events: readonly TimedEvent[];
  /** How long it is played; faults that come later meet a proxy that ends. */
  readonly playMs: number;
  /** `drain-stop`: a second signal comes `stopAfterMs` after the first. */
  readonly finish: "drain" | "stop" | "drain-stop";
  readonly stopAfterMs: number;
  /** How long all is well before it finishes, and everything must have recovered; 0: it need not. */
  readonly settleMs: number;
}

/** Threads that serve in place of the main one, and how they hear of each other. */
export interface WorkersPlan {
  /** 2 and more. */
  readonly count: number;
  readonly bellMs: Range;
  readonly messageMs: Range;
  /** How long a thread takes to start. */
  readonly startMs: Range;
  /** How unevenly the kernel spreads the clients over them: 0 is evenly. */
  readonly skew: number;
}

/** How an endpoint takes connections. */
export interface EndpointPlan {
  /** It sends before it knows who is there. */
  readonly greets: boolean;
  readonly acceptDelayMs: number;
  readonly backlog: number;
  /** It speaks no HTTP where others do. */
  readonly raw?: boolean;
}

/** What one client does, and what the endpoint does for it. */
export interface ConnectionPlan {
  /** Unlike all others; from 1. */
  readonly id: number;
  /** The address it comes from. */
  readonly client: string;
  /** The listener's place in the settings. */
  readonly listener: number;
  readonly startMs: number;
  readonly clientSide: SidePlan;
  readonly endpointSide: SidePlan;
  /** How its client begins; absent: `binary`. `text`: as HTTP might; `silent`: when the endpoint has begun. */
  readonly opening?: Opening;
}

/** How the client of a connection begins. */
export type Opening = "binary" | "text" | "silent";

/** What one side of a connection does. */
export interface SidePlan {
  /** How many bytes it sends. */
  readonly bytes: number;
  readonly chunkBytes: number;
  /** Between two chunks; 0: as fast as they are taken. */
  readonly gapMs: number;
  /** Starts at once, or when it has everything of the other side. */
  readonly waits: boolean;
  /** It sends back what it gets, instead of its own bytes. */
  readonly echoes: boolean;
  /**
   * `fin`: behind its last byte; `last`: FIN after the other side's; `reset`, `destroy`: when `abortAfterBytes` are
   * sent; `hold`: never.
   */
  readonly end: "fin" | "last" | "reset" | "destroy" | "hold";
  readonly abortAfterBytes: number;
  /** It stops reading for `stallMs` whenever it has read so many bytes; 0: never. */
  readonly stallBytes: number;
  readonly stallMs: number;
}

/** Something that happens to the proxy or around it. */
export interface TimedEvent {
  readonly atMs: number;
  readonly fault: Fault;
}

/** What can happen. `host` is an address of an endpoint or of a client; `endpoint` is `host:port`. */
export type Fault =
  | { readonly kind: "partition"; readonly host: string; readonly forMs: number }
  | { readonly kind: "vanish"; readonly host: string; readonly forMs: number }
  | { readonly kind: "crash"; readonly host: string; readonly forMs: number; readonly how: "reset" | "destroy" }
  | { readonly kind: "blackhole"; readonly host: string; readonly forMs: number }
  | { readonly kind: "host-stall"; readonly host: string; readonly forMs: number }
  | { readonly kind: "endpoint-mode"; readonly host: string; readonly forMs: number; readonly mode: EndpointMode }
  | {
      readonly kind: "connect-fault";
      readonly endpoint: string;
      readonly forMs: number;
      readonly failure: ConnectFailure;
    }
  | { readonly kind: "accept-error"; readonly forMs: number; readonly code: string }
  | { readonly kind: "slow-accept"; readonly forMs: number; readonly delayMs: number }
  | { readonly kind: "loop-stall"; readonly forMs: number }
  | { readonly kind: "worker-stall"; readonly worker: number; readonly forMs: number }
  | { readonly kind: "worker-death"; readonly worker: number }
  | { readonly kind: "wall-jump"; readonly byMs: number }
  | { readonly kind: "descriptors"; readonly forMs: number; readonly maximum: number }
  | { readonly kind: "memory"; readonly forMs: number; readonly share: number }
  | { readonly kind: "names"; readonly name: string; readonly forMs: number; readonly entry: DnsEntry }
  | { readonly kind: "admin-state"; readonly endpoint: string; readonly state: AdminState }
  | { readonly kind: "add-endpoint"; readonly upstream: string; readonly settings: EndpointSettings }
  | { readonly kind: "remove-endpoint"; readonly endpoint: string }
  | { readonly kind: "reset-endpoint"; readonly endpoint: string }
  | { readonly kind: "weight"; readonly endpoint: string; readonly weight: number };

/** What an endpoint does with a new connection: as planned, or close it, or never answer. */
export type EndpointMode = "serve" | "close" | "reset" | "mute";
