/**
 * What the data plane is built from: a plain document (it can cross to a worker thread), every default filled in,
 * every name checked. `config/` makes it from a file or from flags; `server/snapshot.ts` compiles it.
 */
import type { PolicyName } from "../balancer/balancer.ts";
import type { Address } from "../runtime/address.ts";

/** The whole data plane. */
export interface ProxySettings {
  readonly listeners: readonly ListenerSettings[];
  readonly upstreams: readonly UpstreamSettings[];
  /** How long a drain lets running connections finish before it resets them. */
  readonly drainTimeoutMs: number;
}

/** A bound address and where its connections go. */
export interface ListenerSettings {
  readonly name: string;
  readonly address: Address;
  readonly protocol: "tcp";
  /** The name of an upstream in the same document. */
  readonly upstream: string;
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
}

/** A named group of endpoints. */
export interface UpstreamSettings {
  readonly name: string;
  readonly policy: PolicyName;
  readonly endpoints: readonly EndpointSettings[];
  readonly connectTimeoutMs: number;
  /** Further endpoints tried when a connect fails; never one that was tried already. */
  readonly connectRetries: number;
  /** The local IP address that upstream connections leave from. */
  readonly sourceAddress?: string;
  /** Absent: endpoints are never probed and count as available. */
  readonly health?: HealthSettings;
}

/** One address of an upstream. */
export interface EndpointSettings {
  readonly address: Address;
  /** Share of new connections relative to the others of the upstream: 1 to 256. */
  readonly weight: number;
}

/** Active health checks of an upstream's endpoints. */
export interface HealthSettings {
  /** `tcp`: a probe succeeds when the connection is established. */
  readonly type: "tcp";
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Successes in a row that make an unhealthy endpoint healthy. */
  readonly rise: number;
  /** Failures in a row that make an endpoint unhealthy. */
  readonly fall: number;
}
