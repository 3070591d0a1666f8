import type { Address } from "../../core/runtime/address.ts";
import type { Clock } from "../../core/runtime/clock.ts";
import type { ProxyServer } from "../../core/server/proxy-server.ts";
import type { Stats } from "../stats/stats.ts";

/** What the admin address answers from and acts on. */
export interface AdminSource {
  /** The address it is bound to. */
  readonly address: Address;
  readonly clock: Clock;
  readonly server: Pick<ProxyServer, "upstreams" | "listeners" | "activeConnections">;
  stats(): Stats;
  /** Begins to drain the process; says how long running connections may go on. A second call does nothing. */
  drain(): { readonly drainTimeoutMs: number };
  /** Something was asked for that changes what the proxy does: for the log. */
  onAction(fields: Readonly<Record<string, unknown>>): void;
}
