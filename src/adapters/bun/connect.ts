import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import type { ConnectFailure, ConnectHandler, ConnectOptions, Pending } from "../../core/runtime/runtime.ts";
import { connectFailure } from "../compat/error-codes.ts";
import { unixPath } from "../compat/net-address.ts";
import { netConnect } from "../compat/net-connect.ts";
import { bun, type BunConnectOptions, type BunSocketHandlers, type BunTcpSocket } from "./bun-api.ts";
import { BunSocket, sharedHandlers } from "./socket.ts";

/** So many connects may be under way at a time that cannot be given up. */
const maxPending = 64;

/** Connects that the kernel still tries, those included that were given up. */
let pending = 0;
/** Connects given up by us that the kernel still tries. */
let abandoned = 0;

/**
 * The port's `connect` over `Bun.connect`, which cannot be given up: an abandoned one keeps its descriptor until the
 * kernel gives up, about two minutes. So as long as one is outstanding, and when many are pending, new connects go
 * through `node:net`, which can: an endpoint that swallows SYNs costs `maxPending` descriptors, not all of them.
 */
export function bunConnect(options: ConnectOptions, handler: ConnectHandler): Pending {
  if (abandoned > 0 || pending >= maxPending) return netConnect(options, handler);
  const connect = new NativeConnect(options, handler);
  connect.start();
  return connect;
}

/** A connect of `Bun.connect`: it is its socket's `data` until there is a `BunSocket`. */
class NativeConnect implements Pending {
  readonly #options: ConnectOptions;
  readonly #handler: ConnectHandler;
  /** `Bun.connect` has returned. */
  #started = false;
  /** The kernel's answer is here. */
  #answered = false;
  #cancelled = false;

  constructor(options: ConnectOptions, handler: ConnectHandler) {
    this.#options = options;
    this.#handler = handler;
  }

  start(): void {
    pending++;
    // A failure rejects the promise too, but Bun reports no rejection that `connectError` was told of.
    void bun.connect(this.#where());
    this.#started = true;
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    if (!this.#answered) abandoned++;
  }

  /** Bun's `open`. */
  opened(raw: BunTcpSocket): void {
    this.#gotAnswer();
    if (this.#cancelled) {
      raw.data = undefined;
      raw.terminate();
      return;
    }
    const { address } = this.#options;
    const socket = new BunSocket(raw, address.kind === "unix" ? address : undefined, this.#options);
    raw.data = socket;
    this.#handler.onConnect(socket);
  }

  /** Bun's `connectError`, which may come before `connect` has returned. */
  failed(error: unknown): void {
    if (this.#answered) return;
    this.#gotAnswer();
    const failure = !this.#started && lacksDescriptors() ? "resources" : connectFailure(error);
    queueMicrotask(() => this.#tellFailure(failure));
  }

  #tellFailure(failure: ConnectFailure): void {
    if (!this.#cancelled) this.#handler.onConnectError(failure);
  }

  /** Written out: spreading the common part would copy it, for each connection. */
  #where(): BunConnectOptions {
    const { address, sourceAddress } = this.#options;
    if (address.kind === "unix") {
      return { unix: unixPath(address.path), allowHalfOpen: true, socket: connectHandlers, data: this };
    }
    const { host: hostname, port } = address;
    return sourceAddress === undefined
      ? { hostname, port, allowHalfOpen: true, socket: connectHandlers, data: this }
      : { hostname, port, localAddress: sourceAddress, allowHalfOpen: true, socket: connectHandlers, data: this };
  }

  #gotAnswer(): void {
    this.#answered = true;
    pending--;
    if (this.#cancelled) abandoned--;
  }
}

const connectHandlers: BunSocketHandlers = {
  ...sharedHandlers,
  open: (raw) => (raw.data as NativeConnect).opened(raw),
  connectError: (raw, error) => (raw.data as NativeConnect).failed(error),
};

/** Bun says ECONNREFUSED where socket(2) failed for want of a descriptor: whether one is left, an open shows. */
function lacksDescriptors(): boolean {
  try {
    closeSync(openSync(devNull, "r"));
    return false;
  } catch (error) {
    return connectFailure(error) === "resources";
  }
}
