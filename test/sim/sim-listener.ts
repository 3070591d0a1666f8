import { type Address, formatAddress } from "../../src/core/runtime/address.ts";
import type { Listener, ListenHandler, ListenOptions } from "../../src/core/runtime/runtime.ts";
import type { SimHost } from "./sim-host.ts";
import type { Ready } from "./sim-loop.ts";
import type { SimSocket } from "./sim-socket.ts";
import type { SimThread } from "./sim-thread.ts";

/** How long an adapter waits before it accepts again after a failure. */
const retryMs = 50;

/** A bound address: a backlog of complete connections, and a process that accepts them. */
export class SimListener implements Listener, Ready {
  readonly address: Address;
  readonly options: ListenOptions;
  /** The address as text. */
  readonly key: string;
  readonly thread: SimThread;
  readonly #host: SimHost;
  readonly #handler: ListenHandler;
  #backlog: SimSocket[] = [];
  #open = true;
  #waits = false;

  /** Binds at once. */
  static bind(thread: SimThread, address: Address, options: ListenOptions, handler: ListenHandler): SimListener {
    return new SimListener(thread, address, options, handler);
  }

  private constructor(thread: SimThread, address: Address, options: ListenOptions, handler: ListenHandler) {
    this.thread = thread;
    this.#host = thread.host;
    this.key = formatAddress(address);
    this.address = address;
    this.options = options;
    this.#handler = handler;
    this.#host.listeners.add(this);
  }

  /** As on Linux: one more than the backlog (tcp_acceptq: `>`). */
  get full(): boolean {
    return this.#backlog.length > this.options.backlog;
  }

  /** The kernel has completed a connection. */
  established(socket: SimSocket): void {
    this.#backlog.push(socket);
    if (!this.#waits) this.#acceptAfter(this.#host.acceptDelayMs);
  }

  runReady(): void {
    this.#waits = false;
    const host = this.#host;
    while (this.#open && this.#backlog.length > 0) {
      const failed = this.#acceptError();
      if (failed !== undefined) {
        this.#acceptAfter(retryMs);
        host.network.trace?.(host.name, `accept error ${failed}`);
        this.#handler.onAcceptError(failed);
        return;
      }
      const socket = this.#backlog.shift();
      // Reset before it was accepted: some kernels and adapters show it, some do not.
      if (socket === undefined || !socket.open(host.dice.chance(0.5))) continue;
      host.network.trace?.(host.name, `accept ${socket.name}`);
      this.#handler.onAccept(socket);
    }
  }

  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#unbind();
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const socket of backlog) socket.abandon();
    return new Promise((resolve) => this.#host.network.queue.settleAfter(0.05, resolve));
  }

  /** The machine is gone. */
  vanish(): void {
    this.#unbind();
    for (const socket of this.#backlog) socket.vanish();
    this.#backlog = [];
  }

  #unbind(): void {
    this.#open = false;
    this.#host.listeners.delete(this);
  }

  #acceptError(): string | undefined {
    const host = this.#host;
    if (host.acceptErrorUntilMs > host.network.queue.nowMs) return host.acceptErrorCode;
    return host.openDescriptors >= host.maxDescriptors ? "EMFILE" : undefined;
  }

  #acceptAfter(delayMs: number): void {
    this.#waits = true;
    const { loop } = this.thread;
    if (delayMs === 0) loop.wake(this);
    else this.#host.network.queue.after(delayMs, () => loop.wake(this));
  }
}
