import type { ConnectFailure, ConnectHandler, ConnectOptions } from "../../src/core/runtime/runtime.ts";
import type { Dice } from "./dice.ts";
import type { SimLoop } from "./sim-loop.ts";
import type { SimListener } from "./sim-listener.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimSocket } from "./sim-socket.ts";
import { SimThread } from "./sim-thread.ts";

/** A connect that was started: `live` while it or its socket is not over. */
export interface LiveConnect {
  readonly live: boolean;
}

/** A machine with one process on it. */
export class SimHost {
  readonly name: string;
  readonly ip: string;
  readonly network: SimNetwork;
  /** The one that the process starts with; most have no other. */
  readonly mainThread: SimThread;
  readonly dice: Dice;
  /** Its use of the port is checked: it is the proxy's. */
  readonly checked: boolean;
  readonly sockets: Set<SimSocket> = new Set<SimSocket>();
  /** Several may share an address. */
  readonly listeners: Set<SimListener> = new Set<SimListener>();
  /** No segment passes until then; what was sent is delivered later. */
  unreachableUntilMs = 0;
  /** SYNs are not answered until then, as by a firewall. */
  blackholeUntilMs = 0;
  /** Accepting fails with this until then. */
  acceptErrorUntilMs = 0;
  acceptErrorCode = "EMFILE";
  /** How long a connection waits before it is accepted. */
  acceptDelayMs = 0;
  /** Connects to these addresses fail at our own side. */
  readonly connectFaults: Map<string, ConnectFailure> = new Map<string, ConnectFailure>();
  /** Connects under way. */
  pendingConnects = 0;
  /** Open besides sockets, listeners and connects under way. */
  otherDescriptors = 16;
  maxDescriptors = Infinity;
  memoryBytes = 50_000_000;
  maxMemoryBytes = Infinity;
  /** Told about each socket that the process gets. */
  onOpen: ((socket: SimSocket) => void) | undefined = undefined;
  /** Told about each connect that the process starts; it is live until its socket is over. */
  onConnect: ((options: ConnectOptions, handler: ConnectHandler, connect: LiveConnect) => void) | undefined = undefined;
  /** Told about each connect that succeeded, when the process knows. */
  onConnected: ((socket: SimSocket, handler: ConnectHandler) => void) | undefined = undefined;
  /** Told about each write of the process, before it counts. */
  onWrite: ((socket: SimSocket, bytes: Uint8Array) => void) | undefined = undefined;
  /** The process may write so much more than a socket has room for, before the drain too; 0: it waits for each drain. */
  writesAheadBytes = 0;
  /** How unevenly the clients of a shared address are spread: 0 is evenly. */
  spreadSkew = 0;
  readonly #spreadDice: Dice;
  #nextPort = 32_768;

  constructor(name: string, ip: string, network: SimNetwork, stream: number, checked: boolean) {
    this.name = name;
    this.ip = ip;
    this.network = network;
    this.dice = network.dice(stream);
    this.checked = checked;
    this.#spreadDice = network.dice(4);
    this.mainThread = new SimThread(this, this.dice, checked ? network.settings.timerLatenessMs : 0);
    network.add(this);
  }

  get loop(): SimLoop {
    return this.mainThread.loop;
  }

  get openDescriptors(): number {
    return this.otherDescriptors + this.sockets.size + this.listeners.size + this.pendingConnects;
  }

  ephemeralPort(): number {
    return this.#nextPort++;
  }

  /** Who listens on a port, on this address or on all; one of those that share it. */
  listenerOn(port: number): SimListener | undefined {
    for (const key of [`${this.ip}:${port}`, `0.0.0.0:${port}`, `[::]:${port}`]) {
      const listeners = this.listenersAt(key);
      if (listeners.length <= 1) {
        if (listeners[0] !== undefined) return listeners[0];
        continue;
      }
      const dice = this.#spreadDice;
      let share = dice.next();
      for (let skew = this.spreadSkew; skew > 0; skew--) share *= dice.next();
      return listeners[Math.floor(share * listeners.length)];
    }
    return undefined;
  }

  /** Who listens at exactly this address. */
  listenersAt(key: string): SimListener[] {
    return [...this.listeners].filter((one) => one.key === key);
  }

  /** The machine loses power: nobody is told. It answers again after `ms`, and knows nothing of its connections. */
  vanish(ms: number): void {
    this.unreachableUntilMs = Math.max(this.unreachableUntilMs, this.network.queue.nowMs + ms);
    for (const socket of [...this.sockets]) socket.vanish();
    for (const listener of [...this.listeners]) listener.vanish();
  }
}
