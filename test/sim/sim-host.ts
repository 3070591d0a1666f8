import type { ConnectFailure, ConnectHandler, ConnectOptions } from "../../src/core/runtime/runtime.ts";
import type { Dice } from "./dice.ts";
import { SimLoop } from "./sim-loop.ts";
import type { SimListener } from "./sim-listener.ts";
import type { SimNetwork } from "./sim-network.ts";
import type { SimSocket } from "./sim-socket.ts";

/** A machine with one process on it. */
export class SimHost {
  readonly name: string;
  readonly ip: string;
  readonly network: SimNetwork;
  readonly loop: SimLoop;
  readonly dice: Dice;
  /** Its use of the port is checked: it is the proxy's. */
  readonly checked: boolean;
  readonly sockets: Set<SimSocket> = new Set<SimSocket>();
  /** By address as text. */
  readonly listeners: Map<string, SimListener> = new Map<string, SimListener>();
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
  /** Told about each connect that the process starts. */
  onConnect: ((options: ConnectOptions, handler: ConnectHandler) => void) | undefined = undefined;
  #nextPort = 32_768;

  constructor(name: string, ip: string, network: SimNetwork, stream: number, checked: boolean) {
    this.name = name;
    this.ip = ip;
    this.network = network;
    this.dice = network.dice(stream);
    this.checked = checked;
    this.loop = new SimLoop(network.queue, this.dice, checked ? network.settings.timerLatenessMs : 0);
    network.add(this);
  }

  get openDescriptors(): number {
    return this.otherDescriptors + this.sockets.size + this.listeners.size + this.pendingConnects;
  }

  ephemeralPort(): number {
    return this.#nextPort++;
  }

  /** Who listens on a port, on this address or on all. */
  listenerOn(port: number): SimListener | undefined {
    return (
      this.listeners.get(`${this.ip}:${port}`) ??
      this.listeners.get(`0.0.0.0:${port}`) ??
      this.listeners.get(`[::]:${port}`)
    );
  }

  /** The machine loses power: nobody is told. It answers again after `ms`, and knows nothing of its connections. */
  vanish(ms: number): void {
    this.unreachableUntilMs = Math.max(this.unreachableUntilMs, this.network.queue.nowMs + ms);
    for (const socket of [...this.sockets]) socket.vanish();
    for (const listener of [...this.listeners.values()]) listener.vanish();
  }
}
