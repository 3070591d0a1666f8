import { type Address, formatAddress } from "../../src/core/runtime/address.ts";
import type { Capabilities, CapabilityName } from "../../src/core/runtime/capabilities.ts";
import { capabilityNames } from "../../src/core/runtime/capabilities.ts";
import {
  type ConnectFailure,
  type ConnectHandler,
  type ConnectOptions,
  ListenError,
  type Listener,
  type ListenHandler,
  type ListenOptions,
  type Pending,
  type ResolveHandler,
  type Resources,
  type Runtime,
} from "../../src/core/runtime/runtime.ts";
import type { Random } from "../../src/core/runtime/clock.ts";
import type { SimEvent } from "./event-queue.ts";
import type { LiveConnect, SimHost } from "./sim-host.ts";
import { SimListener } from "./sim-listener.ts";
import type { SimLoop } from "./sim-loop.ts";
import { SimSocket } from "./sim-socket.ts";
import type { SimThread } from "./sim-thread.ts";

/** RFC 6298: the first SYN is sent again after a second, then after twice as long each time. */
const synRetryMs = 1000;

const capable = Object.fromEntries(
  (Object.keys(capabilityNames) as CapabilityName[]).map((name) => [name, { supported: true, reason: "" }]),
) as Capabilities;

/** The port over the simulated network, for one thread of a host's process. */
export class SimRuntime implements Runtime {
  readonly name = "sim";
  readonly version = "0";
  readonly io = "runtime";
  readonly capabilities: Capabilities = capable;
  readonly clock: SimLoop;
  readonly random: Random;
  readonly #thread: SimThread;
  readonly #host: SimHost;

  constructor(thread: SimThread, random: Random) {
    this.#thread = thread;
    this.#host = thread.host;
    this.clock = thread.loop;
    this.random = random;
  }

  async listen(options: ListenOptions, handler: ListenHandler): Promise<Listener> {
    const host = this.#host;
    await new Promise<void>((resolve) => {
      // A thread that dies meanwhile never hears of it.
      host.network.queue.settleAfter(0.05, () => void (this.#thread.gone || resolve()));
    });
    const { address } = options;
    if (address.kind === "unix") throw new ListenError(address, "ENOTSUP", "Not simulated");
    const bound: Address = address.port === 0 ? { ...address, port: host.ephemeralPort() } : address;
    const key = formatAddress(bound);
    const others = host.listenersAt(key);
    if (others.length > 0 && !(options.reusePort && others.every((one) => one.options.reusePort)))
      throw new ListenError(address, "EADDRINUSE", `Address in use: ${key}`);
    return SimListener.bind(this.#thread, bound, options, handler);
  }

  connect(options: ConnectOptions, handler: ConnectHandler): Pending {
    const connect = new SimConnect(this.#thread, options, handler, undefined);
    this.#host.onConnect?.(options, handler, connect);
    return connect;
  }

  /** A connect whose link has a name and a stream of random numbers that depend on `id` alone. */
  connectAs(id: number, options: ConnectOptions, handler: ConnectHandler): Pending {
    return new SimConnect(this.#thread, options, handler, id);
  }

  resolve(host: string, handler: ResolveHandler): Pending {
    const { pendings, loop } = this.#thread;
    const tell = (answer: () => void): void =>
      loop.wake({
        runReady: () => {
          pendings.delete(pending);
          answer();
        },
      });
    const pending = this.#host.network.dns.resolve(host, tell, handler);
    pendings.add(pending);
    return pending;
  }

  resources(): Resources {
    const { openDescriptors, maxDescriptors, memoryBytes, maxMemoryBytes } = this.#host;
    return { openDescriptors, maxDescriptors, memoryBytes, maxMemoryBytes };
  }
}

/** A connect: SYN, again and again, until there is an answer. */
class SimConnect implements Pending, LiveConnect {
  readonly #thread: SimThread;
  readonly #host: SimHost;
  readonly #options: ConnectOptions;
  readonly #handler: ConnectHandler;
  readonly #id: number;
  readonly #name: string;
  #open = true;
  #connected = false;
  #socket: SimSocket | undefined;
  #giveUp: SimEvent | undefined;

  constructor(thread: SimThread, options: ConnectOptions, handler: ConnectHandler, id: number | undefined) {
    const { host } = thread;
    this.#thread = thread;
    this.#host = host;
    this.#options = options;
    this.#handler = handler;
    this.#id = id ?? host.network.nextLink();
    this.#name = id === undefined ? `u${this.#id - 1_000_000}` : `c${id}`;
    const { queue } = host.network;
    const text = formatAddress(options.address);
    const fault = host.connectFaults.get(text);
    host.network.trace?.(this.#name, `connect ${text}`);
    const short = host.openDescriptors >= host.maxDescriptors;
    host.pendingConnects++;
    thread.pendings.add(this);
    if (fault !== undefined || short || options.address.kind === "unix") {
      queue.after(0.1, () => this.#fail(fault ?? (short ? "resources" : "not-found")));
      return;
    }
    this.#giveUp = queue.after(host.network.settings.kernelTimeoutMs, () => this.#fail("timeout"));
    this.#syn(0);
  }

  get live(): boolean {
    return this.#open || (this.#connected && this.#socket?.gone === false);
  }

  cancel(): void {
    if (!this.#open) return;
    this.#host.network.trace?.(this.#name, "cancel");
    this.#settle();
    this.#socket?.abandon("fin");
  }

  #settle(): void {
    this.#open = false;
    this.#host.pendingConnects--;
    this.#thread.pendings.delete(this);
    this.#giveUp?.cancel();
  }

  #syn(attempt: number): void {
    const { queue } = this.#host.network;
    queue.after(this.#latencyMs(), () => {
      if (!this.#open || this.#socket !== undefined) return;
      const answer = this.#answer();
      if (answer === "silence") queue.after(synRetryMs * 2 ** attempt, () => this.#syn(attempt + 1));
      else if (answer === "refused") queue.after(this.#latencyMs(), () => this.#fail("refused"));
      else this.#establish(answer);
    });
  }

  #answer(): "silence" | "refused" | { readonly listener: SimListener } {
    const { address } = this.#options;
    const { network } = this.#host;
    const to = address.kind === "tcp" ? network.host(address.host) : undefined;
    if (address.kind !== "tcp" || to === undefined) return "silence";
    if (network.outageMs(this.#host, to) > 0 || to.blackholeUntilMs > network.queue.nowMs) return "silence";
    const listener = to.listenerOn(address.port);
    if (listener === undefined) return "refused";
    return listener.full ? "silence" : { listener };
  }

  #establish({ listener }: { readonly listener: SimListener }): void {
    const host = this.#host;
    const { address } = this.#options;
    const local: Address = {
      kind: "tcp",
      host: this.#options.sourceAddress ?? host.ip,
      port: host.ephemeralPort(),
    };
    const [near, far] = SimSocket.pair(
      this.#id,
      this.#name,
      { thread: this.#thread, address: local, options: this.#options },
      { thread: listener.thread, address, options: listener.options },
    );
    this.#socket = near;
    listener.established(far);
    host.network.queue.after(this.#latencyMs(), () =>
      this.#thread.loop.wake({
        runReady: () => {
          if (!this.#open) return;
          this.#settle();
          this.#connected = true;
          near.open(true);
          host.network.trace?.(near.name, "onConnect");
          this.#handler.onConnect(near);
          host.onConnected?.(near, this.#handler);
        },
      }),
    );
  }

  #fail(failure: ConnectFailure): void {
    this.#thread.loop.wake({
      runReady: () => {
        if (!this.#open) return;
        this.#settle();
        this.#host.network.trace?.(this.#name, `onConnectError ${failure}`);
        this.#handler.onConnectError(failure);
      },
    });
  }

  #latencyMs(): number {
    const { settings } = this.#host.network;
    return this.#host.dice.between(...settings.latencyMs);
  }
}
