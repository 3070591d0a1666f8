import type { Address } from "../runtime/address.ts";
import type { ConnectFailure, ConnectHandler, ConnectOptions, Pending, Runtime } from "../runtime/runtime.ts";
import type { ResolveSettings } from "../server/settings.ts";
import { connectFirst, type DialOptions, isIpv6 } from "./happy-eyeballs.ts";
import { type Resolution, ResolvedName } from "./resolved-name.ts";

/**
 * Connects to one address, again and again. A name is resolved on the way (`ResolvedName`), and all of its addresses
 * are tried (`connectFirst`); an IP or unix address goes straight to the runtime.
 */
export class Dialer {
  readonly address: Address;
  readonly #runtime: Runtime;
  readonly #port: number;
  /** Undefined where there is nothing to resolve. */
  readonly #name: ResolvedName | undefined;
  readonly #waiting = new Set<WaitingConnect>();
  /** The last connect's options, whole: most connects have the same ones. */
  #lastOptions: DialOptions | undefined;
  #lastWhole: ConnectOptions | undefined;

  /** Looks nothing up yet: the first connect does. */
  constructor(address: Address, runtime: Runtime, resolve: ResolveSettings) {
    this.address = address;
    this.#runtime = runtime;
    this.#port = address.kind === "tcp" ? address.port : 0;
    if (address.kind === "tcp" && !isIpLiteral(address.host)) {
      const name: ResolvedName = new ResolvedName(address.host, runtime, resolve, () => this.#tellWaiting(name));
      this.#name = name;
    }
  }

  /** What the name led to; undefined for an IP or unix address. */
  get resolution(): Resolution | undefined {
    return this.#name?.resolution;
  }

  /**
   * As `Runtime.connect`. A name without an answer fails with `not-found`, or with `timeout` when there was no answer
   * in time; one without an address of the source address's family with `unreachable`.
   */
  connect(options: DialOptions, handler: ConnectHandler): Pending {
    if (this.#name === undefined) return this.#connectDirectly(options, handler);
    this.#name.refresh();
    const begun = this.#begin(this.#name, options, handler);
    if (typeof begun !== "string") return begun;
    const waiting = new WaitingConnect(options, handler, (one) => this.#waiting.delete(one));
    this.#waiting.add(waiting);
    if (this.#name.addresses !== undefined || !this.#name.pending) this.#failSoon(waiting, begun);
    return waiting;
  }

  /**
   * Leaves no timer and no look-up behind. Connects under way go on, those that wait for a look-up fail at once; later
   * ones use the last answer.
   */
  stop(): void {
    if (this.#name === undefined) return;
    this.#name.stop();
    this.#tellWaiting(this.#name);
  }

  #connectDirectly(options: DialOptions, handler: ConnectHandler): Pending {
    if (this.#lastWhole === undefined || options !== this.#lastOptions) {
      this.#lastOptions = options;
      this.#lastWhole = this.#whole(options);
    }
    return this.#runtime.connect(this.#lastWhole, handler);
  }

  #whole({ port, sourceAddress, keepAliveMs, highWaterMarkBytes }: DialOptions): ConnectOptions {
    const { address } = this;
    return {
      address: address.kind === "unix" || port === undefined ? address : { ...address, port },
      sourceAddress,
      keepAliveMs,
      highWaterMarkBytes,
    };
  }

  /** Connects with what is known now, or says why that cannot be. */
  #begin(name: ResolvedName, options: DialOptions, handler: ConnectHandler): Pending | ConnectFailure {
    const { addresses } = name;
    if (addresses === undefined) return name.resolution.lastFailure?.reason === "timeout" ? "timeout" : "not-found";
    const hosts = usableFrom(options.sourceAddress, addresses);
    if (hosts.length === 0) return "unreachable";
    return connectFirst(hosts, options.port ?? this.#port, options, this.#runtime, handler);
  }

  /** Not now: no connect fails before it has returned. */
  #failSoon(waiting: WaitingConnect, failure: ConnectFailure): void {
    waiting.pending = this.#runtime.clock.after(0, () => {
      this.#waiting.delete(waiting);
      waiting.handler.onConnectError(failure);
    });
  }

  /** The look-up is over, or given up: who waited for it connects, or fails. */
  #tellWaiting(name: ResolvedName): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const one of waiting) {
      // A handler that was told before may have cancelled it.
      if (one.cancelled) continue;
      one.pending?.cancel();
      const begun = this.#begin(name, one.options, one.handler);
      if (typeof begun === "string") one.handler.onConnectError(begun);
      else one.pending = begun;
    }
  }
}

/** A connect that waits for a look-up, or to be told its failure; then the connect itself. */
class WaitingConnect implements Pending {
  readonly options: DialOptions;
  readonly handler: ConnectHandler;
  /** What there is to cancel: the connect, or the timer of the failure. */
  pending: Pending | undefined;
  cancelled = false;
  readonly #onCancel: (waiting: WaitingConnect) => void;

  constructor(options: DialOptions, handler: ConnectHandler, onCancel: (waiting: WaitingConnect) => void) {
    this.options = options;
    this.handler = handler;
    this.#onCancel = onCancel;
  }

  cancel(): void {
    this.cancelled = true;
    this.pending?.cancel();
    this.#onCancel(this);
  }
}

/** No name ends in a number (RFC 3696 section 2), and none has a colon in it. */
function isIpLiteral(host: string): boolean {
  return isIpv6(host) || /^[\d.]+$/.test(host);
}

/** A socket that is bound to an address of one family cannot connect to the other. */
function usableFrom(sourceAddress: string | undefined, hosts: readonly string[]): readonly string[] {
  return sourceAddress === undefined ? hosts : hosts.filter((host) => isIpv6(host) === isIpv6(sourceAddress));
}
