import type { SharedMemory } from "../memory/shared-memory.ts";
import type { Clock, Random } from "../runtime/clock.ts";
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

/** What an admission is made in. */
export interface AdmissionContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly memory: SharedMemory;
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
    { clock, random, memory }: AdmissionContext,
    onRefusals: (reason: RefusalReason, count: number) => void,
  ) {
    const { maxConnections, maxConnectionsPerClient, clientRate } = settings;
    this.#process = process;
    this.connections = new ConnectionCount(maxConnections ?? Infinity, memory);
    this.refusals = new Refusals(clock, memory, onRefusals);
    if (maxConnectionsPerClient !== undefined || clientRate !== undefined) {
      const limits = { maxConnections: maxConnectionsPerClient, rate: clientRate };
      this.clients = new ClientTable(limits, clock, memory, process.connections.limit, random);
    }
  }

  /** Takes a client: a number for `leave`; or says why not, and counts that. */
  enter(client: Socket): number | RefusalReason {
    const entered = this.#enter(client);
    if (typeof entered !== "number") this.refusals.add(entered);
    return entered;
  }

  /** The connection of a client that entered is over. */
  leave(client: number): void {
    this.#process.connections.leave();
    this.connections.leave();
    this.clients?.leave(client);
  }

  #enter(client: Socket): number | RefusalReason {
    const { connections, overload } = this.#process;
    if (overload?.cause !== undefined) return "overload";
    if (!connections.enter()) return "limit-process";
    if (!this.connections.enter()) {
      connections.leave();
      return "limit-listener";
    }
    // Last: only a client that all else lets in pays from its rate.
    const entered = this.clients?.admit(clientKey(client.remoteAddress)) ?? 0;
    if (typeof entered === "number") return entered;
    this.connections.leave();
    connections.leave();
    return entered;
  }
}
