/**
 * What the data plane is built from: a plain document (it can cross to a worker thread), every default filled in,
 * every name checked. `config/` makes it from a file or from flags. A bound that is absent does not hold.
 */
import type { PolicyName } from "../balancer/balancer.ts";
import type { Address, ListenAddress } from "../runtime/address.ts";
import type { HttpSettings, RouteSettings, UpstreamHttpSettings } from "./http-settings.ts";

/** The whole data plane. */
export interface ProxySettings {
  readonly listeners: readonly ListenerSettings[];
  readonly upstreams: readonly UpstreamSettings[];
  /** Where the requests of http listeners go; in their order where nothing else decides. */
  readonly routes: readonly RouteSettings[];
  /**
   * How long new connections and requests are still taken after a stop signal, while readiness says no; then the drain
   * begins. Absent: at once.
   */
  readonly preStopMs?: number;
  /** How long a drain lets running connections finish before it resets them. */
  readonly drainTimeoutMs: number;
  readonly limits: ProcessLimits;
}

/** What holds for all listeners together. */
export interface ProcessLimits {
  /** Client connections at a time; `auto`: what the limit of open descriptors allows, two for each. */
  readonly maxConnections: number | "auto";
  /** Absent: nothing is shed. */
  readonly overload?: OverloadSettings;
}

/** From where on new connections are refused, so that the running ones stay well. Shares are 0 to 1. */
export interface OverloadSettings {
  /** Open descriptors, as a share of their limit. */
  readonly descriptorShare: number;
  /** Resident memory, as a share of what the process may use. */
  readonly memoryShare: number;
  /** How late the event loop runs its timers. */
  readonly loopLagMs: number;
}

/** A bound address and where its connections go. */
export type ListenerSettings = TcpListenerSettings | HttpListenerSettings | AutoListenerSettings;

/** Connections go to an upstream as they are. */
export interface TcpListenerSettings extends CommonListenerSettings {
  readonly protocol: "tcp";
  /** The name of an upstream in the same document. */
  readonly upstream: string;
}

/** Requests go where routes say. */
export interface HttpListenerSettings extends CommonListenerSettings {
  readonly protocol: "http";
  readonly http: HttpSettings;
}

/** What begins like HTTP goes where routes say, all else to the upstream. */
export interface AutoListenerSettings extends CommonListenerSettings {
  readonly protocol: "auto";
  readonly upstream: string;
  readonly http: HttpSettings;
  /** Who has sent nothing for so long is not HTTP: servers of some protocols speak first. */
  readonly detectTimeoutMs: number;
}

/** What all listeners have. */
export interface CommonListenerSettings {
  readonly name: string;
  readonly address: ListenAddress;
  /** Closes a connection on which no byte moved in either direction for this long. */
  readonly idleTimeoutMs: number;
  /** Takes the place of the idle timeout once one side has sent FIN and nothing waits to be written. */
  readonly finTimeoutMs: number;
  /** Pauses the sender when this much waits to be written to the other side; per direction. */
  readonly bufferBytes: number;
  /** Connections the kernel completes before they are accepted; capped by net.core.somaxconn. */
  readonly backlog: number;
  /** Idle time before the first TCP keepalive probe, towards client and endpoint; 0 is off. */
  readonly keepAliveMs: number;
  /** With host `::`, refuse IPv4 clients instead of serving both families. */
  readonly ipv6Only: boolean;
  /** Client connections at a time. */
  readonly maxConnections?: number;
  /** Connections of one client at a time; a client is an IPv4 address or an IPv6 /64. */
  readonly maxConnectionsPerClient?: number;
  /** New connections of one client. */
  readonly clientRate?: RateSettings;
}

/** How often something may happen. */
export interface RateSettings {
  readonly perSecond: number;
  /** How many may come at once after a quiet time. */
  readonly burst: number;
}

/** A named group of endpoints. */
export interface UpstreamSettings {
  readonly name: string;
  readonly policy: PolicyName;
  /**
   * For `ring-hash` and `maglev`: no endpoint gets more than this times its fair share of the running connections
   * (Mirrokni et al., "Consistent Hashing with Bounded Loads", 2017); above 1.
   */
  readonly balanceFactor: number;
  readonly endpoints: readonly EndpointSettings[];
  readonly connectTimeoutMs: number;
  /** Further endpoints tried when a connect fails; never one that was tried already. */
  readonly connectRetries: number;
  readonly retryBudget: RetryBudgetSettings;
  /** The local IP address that upstream connections leave from. */
  readonly sourceAddress?: string;
  /** Connects under way at a time; who comes above waits in the queue. */
  readonly maxPendingConnects: number;
  readonly queue: QueueSettings;
  /**
   * When less than this share of the ready endpoints is healthy, health and ejections are ignored: 0 to 1. Absent:
   * connections fail at once while no endpoint is available.
   */
  readonly failOpenBelow?: number;
  /** How long the share of an endpoint that has come back grows to its whole; 0 is at once. */
  readonly slowStartMs: number;
  /** Absent: endpoints are never probed and count as available. */
  readonly health?: HealthSettings;
  /** Absent: no endpoint is ejected for what its traffic shows. */
  readonly outlier?: OutlierSettings;
  readonly endpointBreaker?: CircuitBreakerSettings;
  /** For the upstream as a whole: what fails whichever endpoint is tried. */
  readonly upstreamBreaker?: CircuitBreakerSettings;
  readonly resolve: ResolveSettings;
  readonly http: UpstreamHttpSettings;
}

/** What an endpoint starts with; a person may change weight and admin state while the proxy runs. */
export interface EndpointSettings {
  readonly address: Address;
  /** Share of new connections relative to the others of the upstream: 1 to 256. */
  readonly weight: number;
  /** 0 first; endpoints of a higher number serve only while no lower tier can: backups. */
  readonly priority: number;
  readonly adminState: AdminState;
  /** Connections at a time, those being made included. */
  readonly maxConnections?: number;
}

/**
 * What a person wants of an endpoint: `ready` to serve; `draining` takes no new connections and lets the running ones
 * end; `disabled` likewise, and it is not probed.
 */
export type AdminState = "ready" | "draining" | "disabled";

/** How many retries may be under way at a time: a share of the upstream's connections, and at least `minimum`. */
export interface RetryBudgetSettings {
  /** 0 to 1. */
  readonly share: number;
  readonly minimum: number;
}

/** Where connections wait for an endpoint that may take them. */
export interface QueueSettings {
  /** 0: nobody waits. */
  readonly maxLength: number;
  readonly timeoutMs: number;
}

/** Active health checks of an upstream's endpoints. */
export interface HealthSettings {
  /** `tcp` succeeds when the connection is established; `http` when the answer is as expected. */
  readonly type: "tcp" | "http";
  readonly intervalMs: number;
  /** Takes the interval's place while results contradict the status: it is about to change. */
  readonly fastIntervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row that make an unhealthy endpoint healthy. */
  readonly rise: number;
  /** Failures in a row that make an endpoint unhealthy. */
  readonly fall: number;
  /** Probes another port of the endpoint's host. */
  readonly port?: number;
  /** There when `type` is `http`. */
  readonly http?: HttpHealthSettings;
}

/** What an http probe asks, and what it expects. */
export interface HttpHealthSettings {
  readonly method: "GET" | "HEAD" | "OPTIONS" | "POST";
  /** The request target, starting with `/`. */
  readonly path: string;
  /** The Host header; absent: the endpoint's address. */
  readonly host?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Inclusive ranges. */
  readonly statuses: readonly (readonly [from: number, to: number])[];
  /** Text that the body holds within its first 64 KiB. */
  readonly body?: string;
}

/**
 * When an endpoint is ejected: its connections fail one after another. A failure is a connect that failed, or a
 * connection that the endpoint ended without having sent a byte. (After Envoy's outlier detection.)
 */
export interface OutlierSettings {
  /** Failures in a row, all within `windowMs`. */
  readonly consecutiveFailures: number;
  readonly windowMs: number;
  /** For how long the first time; the second twice, the third three times, ... */
  readonly ejectionMs: number;
  readonly maxEjectionMs: number;
  /** Of the upstream's endpoints, how many may be ejected at a time: 0 to 1. The last available one never is. */
  readonly maxEjectedShare: number;
}

/** A circuit breaker (M. Nygard, "Release It!"): closed, open for a time, then half-open for a few probes. */
export interface CircuitBreakerSettings {
  /** Failures in a row, all within `windowMs`, that open it. */
  readonly failures: number;
  readonly windowMs: number;
  readonly openMs: number;
  /** Connections let through at a time while half-open. */
  readonly halfOpenProbes: number;
  /** Successes that close it again. */
  readonly successes: number;
}

/** How names of endpoints become addresses: again when their TTL is over, within these bounds. */
export interface ResolveSettings {
  readonly minTtlMs: number;
  readonly maxTtlMs: number;
  /** How long a resolve may take. */
  readonly timeoutMs: number;
}
