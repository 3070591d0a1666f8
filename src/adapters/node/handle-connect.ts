import { isIP } from "node:net";
import { getSystemErrorName } from "node:util";
import type { ConnectHandler, ConnectOptions, Pending, Runtime } from "../../core/runtime/runtime.ts";
import { netConnect } from "../compat/net-connect.ts";
import { connectFailure } from "../compat/error-codes.ts";
import type { ConnectRequest, TcpHandle } from "./handle-binding.ts";
import { type HandleKit, HandleSocket, setOptions } from "./handle-socket.ts";

/** The port's `connect` over libuv's handles. A name or a unix path takes the way through `net.Socket`. */
export function handleConnect(kit: HandleKit): Runtime["connect"] {
  return (options, handler) => {
    const { address } = options;
    const family = address.kind === "unix" ? 0 : isIP(address.host);
    if (address.kind === "unix" || family === 0) return netConnect(options, handler);
    const { binding } = kit;
    const handle = new binding.Tcp(binding.socketKind);
    const connecting = new Connecting(kit, handle, options, handler);
    const request = new binding.Connect() as OwnedRequest;
    request.connecting = connecting;
    request.oncomplete = connected;
    const { sourceAddress } = options;
    let error = 0;
    if (sourceAddress !== undefined) {
      error = family === 6 ? handle.bind6(sourceAddress, 0) : handle.bind(sourceAddress, 0);
    }
    if (error === 0) {
      const { host, port } = address;
      error = family === 6 ? handle.connect6(request, host, port) : handle.connect(request, host, port);
    }
    if (error !== 0) queueMicrotask(() => connecting.over(error));
    return connecting;
  };
}

interface OwnedRequest extends ConnectRequest {
  connecting: Connecting;
}

class Connecting implements Pending {
  readonly #kit: HandleKit;
  readonly #handle: TcpHandle;
  readonly #options: ConnectOptions;
  readonly #handler: ConnectHandler;
  #settled = false;

  constructor(kit: HandleKit, handle: TcpHandle, options: ConnectOptions, handler: ConnectHandler) {
    this.#kit = kit;
    this.#handle = handle;
    this.#options = options;
    this.#handler = handler;
  }

  cancel(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#handle.close();
  }

  /** It went well, or with an error's number. */
  over(status: number): void {
    if (this.#settled) return;
    this.#settled = true;
    if (status !== 0) {
      this.#handle.close();
      this.#handler.onConnectError(connectFailure({ code: getSystemErrorName(status) }));
      return;
    }
    const options = this.#options;
    setOptions(this.#handle, options);
    this.#handler.onConnect(new HandleSocket(this.#kit, this.#handle, options));
  }
}

function connected(this: ConnectRequest, status: number): void {
  (this as OwnedRequest).connecting.over(status);
}
