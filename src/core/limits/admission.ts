import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Socket } from "../runtime/socket.ts";
import type { ListenerSettings } from "../server/settings.ts";
import { clientKey } from "./client-key.ts";
import { ClientTable } from "./client-table.ts";
import { ConnectionCount } from "./connection-count.ts";
import type { OverloadMonitor } from "./overload-monitor.ts";
import { type RefusalReason, Refusals } from "./refusals.ts";

/** What all listeners of the process share. */
export interface ProcessGate {
  readonly connections: ConnectionCount;
  /** Undefined when nothing is shed. */
  readonly overload: OverloadMonitor | undefined;
}

/** Decides whether a listener takes a client that has just connected, and counts those that it took. */
export class Admission {
  /** The listener's own. */
  readonly connections: ConnectionCount;
  /** Undefined when no limit is per client. */
  readonly clients: ClientTable | undefined;
  readonly refusals: Refusals;
  readonly #process: ProcessGate;

  /** `onRefusals` is told of refused connections as `Refusals` does. */
  constructor(
    settings: ListenerSettings,
    process: ProcessGate,
    { clock, memory }: { readonly clock: Clock; readonly memory: SharedMemory },
    onRefusals: (reason: RefusalReason, count: number) => void,
  ) {
    const { maxConnections, maxConnectionsPerClient, clientRate } = settings;
    this.#process = process;
    this.connections = new ConnectionCount(maxConnections ?? Infinity, memory);
    this.refusals = new Refusals(clock, memory, onRefusals);
    if (maxConnectionsPerClient !== undefined || clientRate !== undefined) {
      this.clients = new ClientTable({ maxConnections: maxConnectionsPerClient, rate: clientRate }, clock);
    }
  }

  /** What the client is counted by; undefined when clients are not counted. */
  keyOf(client: Socket): string | undefined {
    return this.clients === undefined ? undefined : clientKey(client.remoteAddress);
  }

  /** Takes a client, until `leave`; or says why not, and counts that. */
  enter(key: string | undefined): RefusalReason | undefined {
    const reason = this.#enter(key);
    if (reason !== undefined) this.refusals.add(reason);
    return reason;
  }

  /** The connection of a client that entered is over. */
  leave(key: string | undefined): void {
    this.#process.connections.leave();
    this.connections.leave();
    if (key !== undefined) this.clients?.leave(key);
  }

  #enter(key: string | undefined): RefusalReason | undefined {
    const { connections, overload } = this.#process;
    if (overload?.cause !== undefined) return "overload";
    if (!connections.enter()) return "limit-process";
    if (!this.connections.enter()) {
      connections.leave();
      return "limit-listener";
    }
    // Last: only a client that all else lets in pays from its rate.
    const verdict = key === undefined ? "ok" : (this.clients?.admit(key) ?? "ok");
    if (verdict === "ok") return undefined;
    this.connections.leave();
    connections.leave();
    return verdict;
  }
}
