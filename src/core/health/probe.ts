import type { Dialer } from "../dial/dialer.ts";
import type { Address } from "../runtime/address.ts";
import type { Clock } from "../runtime/clock.ts";
import type { ConnectFailure, Pending, Runtime } from "../runtime/runtime.ts";
import { ignoreSocket, type Socket } from "../runtime/socket.ts";
import type { HealthSettings } from "../server/settings.ts";
import { askHttp } from "./http-probe.ts";

/** How a probe is made. */
export type ProbeOptions = Pick<HealthSettings, "timeoutMs" | "port" | "http"> & {
  /** The local IP address that probes leave from. */
  readonly sourceAddress?: string | undefined;
};

/** More than any request of a probe. */
const highWaterMarkBytes = 16 * 1024;
/** A time-out that comes so much too late was held up with the rest of the loop. */
const lateMs = 100;
/** How long the sockets have then to tell what came meanwhile. */
const graceMs = 50;

/**
 * Connects; asks, when there is something to ask over HTTP; and closes at once. Calls `done` once, with `ok` or why it
 * failed (`refused`, `timeout`, `status 503`, ...), never before this returns and never after `cancel`. The time-out is
 * for all of it; after the event loop stood still, an answer that waits to be read comes before it.
 */
export function startProbe(
  dialer: Dialer,
  options: ProbeOptions,
  runtime: Runtime,
  done: (result: string) => void,
): Pending {
  return new Probe(dialer, options, runtime, done);
}

class Probe implements Pending {
  readonly #done: (result: string) => void;
  readonly #clock: Clock;
  #timer: Pending;
  readonly #connect: Pending;
  #socket: Socket | undefined;

  constructor(dialer: Dialer, options: ProbeOptions, runtime: Runtime, done: (result: string) => void) {
    const { timeoutMs, port, sourceAddress, http } = options;
    this.#done = done;
    this.#clock = runtime.clock;
    const dueMs = this.#clock.now() + timeoutMs;
    this.#timer = this.#clock.after(timeoutMs, () => this.#expire(dueMs));
    this.#connect = dialer.connect(
      { port, sourceAddress, keepAliveMs: 0, highWaterMarkBytes },
      {
        onConnect: (socket: Socket): void => {
          this.#socket = socket;
          if (http === undefined) this.#finish("ok");
          else askHttp(socket, withPort(dialer.address, port), http, (result) => this.#finish(result));
        },
        onConnectError: (failure: ConnectFailure): void => this.#finish(failure),
      },
    );
  }

  cancel(): void {
    this.#timer.cancel();
    this.#connect.cancel();
    if (this.#socket === undefined) return;
    this.#socket.handler = ignoreSocket;
    this.#socket.destroy();
  }

  #expire(dueMs: number): void {
    if (this.#clock.now() - dueMs < lateMs) this.#finish("timeout");
    else this.#timer = this.#clock.after(graceMs, () => this.#finish("timeout"));
  }

  #finish(result: string): void {
    this.cancel();
    this.#done(result);
  }
}

function withPort(address: Address, port: number | undefined): Address {
  return address.kind === "unix" || port === undefined ? address : { ...address, port };
}
