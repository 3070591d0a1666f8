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
import type { SimHost } from "./sim-host.ts";
import { SimListener } from "./sim-listener.ts";
import type { SimLoop } from "./sim-loop.ts";
import { SimSocket } from "./sim-socket.ts";

/** RFC 6298: the first SYN is sent again after a second, then after twice as long each time. */
const synRetryMs = 1000;

const capable = Object.fromEntries(
  (Object.keys(capabilityNames) as CapabilityName[]).map((name) => [name, { supported: true, reason: "" }]),
) as Capabilities;

/** The port over the simulated network, for the process of one host. */
export class SimRuntime implements Runtime {
  readonly name = "sim";
  readonly version = "0";
  readonly capabilities: Capabilities = capable;
  readonly clock: SimLoop;
  readonly random: Random;
  readonly #host: SimHost;

  constructor(host: SimHost) {
    this.#host = host;
    this.clock = host.loop;
    this.random = host.network.dice(2);
  }

  async listen(options: ListenOptions, handler: ListenHandler): Promise<Listener> {
    const host = this.#host;
    await new Promise<void>((resolve) => void host.network.queue.after(0.05, resolve));
    const { address } = options;
    if (address.kind === "unix") throw new ListenError(address, "ENOTSUP", "Not simulated");
    const bound: Address = address.port === 0 ? { ...address, port: host.ephemeralPort() } : address;
    const key = formatAddress(bound);
    if (host.listeners.has(key)) throw new ListenError(address, "EADDRINUSE", `Address in use: ${key}`);
    return SimListener.bind(host, bound, options, handler);
  }

  connect(options: ConnectOptions, handler: ConnectHandler): Pending {
    this.#host.onConnect?.(options, handler);
    return new SimConnect(this.#host, options, handler, undefined);
  }

  /** A connect whose link has a name and a stream of random numbers that depend on `id` alone. */
  connectAs(id: number, options: ConnectOptions, handler: ConnectHandler): Pending {
    return new SimConnect(this.#host, options, handler, id);
  }

  resolve(host: string, handler: ResolveHandler): Pending {
    const tell = (answer: () => void): void => this.#host.loop.wake({ runReady: answer });
    return this.#host.network.dns.resolve(host, tell, handler);
  }

  resources(): Resources {
    const { openDescriptors, maxDescriptors, memoryBytes, maxMemoryBytes } = this.#host;
    return { openDescriptors, maxDescriptors, memoryBytes, maxMemoryBytes };
  }
}

/** A connect: SYN, again and again, until there is an answer. */
class SimConnect implements Pending {
  readonly #host: SimHost;
  readonly #options: ConnectOptions;
  readonly #handler: ConnectHandler;
  readonly #id: number;
  readonly #name: string;
  #open = true;
  #socket: SimSocket | undefined;
  #giveUp: SimEvent | undefined;

  constructor(host: SimHost, options: ConnectOptions, handler: ConnectHandler, id: number | undefined) {
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
    if (fault !== undefined || short || options.address.kind === "unix") {
      queue.after(0.1, () => this.#fail(fault ?? (short ? "resources" : "not-found")));
      return;
    }
    this.#giveUp = queue.after(host.network.settings.kernelTimeoutMs, () => this.#fail("timeout"));
    this.#syn(0);
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

  #answer(): "silence" | "refused" | { readonly to: SimHost; readonly listener: SimListener } {
    const { address } = this.#options;
    const { network } = this.#host;
    const to = address.kind === "tcp" ? network.host(address.host) : undefined;
    if (address.kind !== "tcp" || to === undefined) return "silence";
    if (network.outageMs(this.#host, to) > 0 || to.blackholeUntilMs > network.queue.nowMs) return "silence";
    const listener = to.listenerOn(address.port);
    if (listener === undefined) return "refused";
    return listener.full ? "silence" : { to, listener };
  }

  #establish({ to, listener }: { readonly to: SimHost; readonly listener: SimListener }): void {
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
      { host, address: local, options: this.#options },
      { host: to, address, options: listener.options },
    );
    this.#socket = near;
    listener.established(far);
    host.network.queue.after(this.#latencyMs(), () =>
      host.loop.wake({
        runReady: () => {
          if (!this.#open) return;
          this.#settle();
          near.open(true);
          host.network.trace?.(near.name, "onConnect");
          this.#handler.onConnect(near);
        },
      }),
    );
  }

  #fail(failure: ConnectFailure): void {
    this.#host.loop.wake({
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
