import { createServer, type AddressInfo, type Server } from "node:net";
import { platform } from "node:process";
import { getSystemErrorName } from "node:util";
import {
  ListenError,
  type ListenHandler,
  type Listener,
  type ListenOptions,
  type Runtime,
} from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { tcpAddress, unixPath } from "../compat/net-address.ts";
import { NetSocket } from "../compat/net-socket.ts";
import type { TcpHandle } from "./handle-binding.ts";
import { type HandleKit, HandleSocket, peerAddress, setOptions } from "./handle-socket.ts";

/**
 * The port's `listen` over `net.Server`; with `kit`, TCP clients come as handles, without streams. Out of descriptors,
 * libuv accepts and closes the excess (uv__emfile_trick): the listener recovers by itself and `onAcceptError` is never
 * called.
 */
export function nodeListen(kit: HandleKit | undefined): Runtime["listen"] {
  return (options, handler) => {
    const { address } = options;
    const server = createServer({
      allowHalfOpen: true,
      pauseOnConnect: true,
      highWaterMark: options.highWaterMarkBytes,
    });
    const unixAddress = address.kind === "unix" ? address : undefined;
    server.on("connection", (socket) => {
      // No peer: it was reset before it was accepted.
      if (unixAddress === undefined && socket.remoteAddress === undefined) socket.destroy();
      else handler.onAccept(new NetSocket(socket, unixAddress, options));
    });
    return new Promise((resolve, reject) => {
      server.once("error", (error) => {
        const code = errorCode(error);
        reject(new ListenError(address, code, error.message));
      });
      server.listen(
        address.kind === "unix"
          ? { path: unixPath(address.path), backlog: options.backlog }
          : {
              host: address.host,
              port: address.port,
              backlog: options.backlog,
              ipv6Only: options.ipv6Only,
              reusePort: options.reusePort,
            },
        () => {
          server.removeAllListeners("error");
          server.on("error", (error) => handler.onAcceptError(errorCode(error)));
          if (kit !== undefined && unixAddress === undefined) acceptHandles(server, kit, options, handler);
          resolve(new NodeListener(server, unixAddress));
        },
      );
    });
  };
}

/** On Linux an accepted socket has its options from the listening one. */
const optionsAreInherited = platform === "linux";

/** Takes the clients before `net.Server` makes a `net.Socket` of them. */
function acceptHandles(server: Server, kit: HandleKit, options: ListenOptions, handler: ListenHandler): void {
  const { _handle: listening } = server as Server & { readonly _handle?: TcpHandle };
  // In a worker of node:cluster it is something else.
  if (!(listening instanceof kit.binding.Tcp)) return;
  if (optionsAreInherited) setOptions(listening, options);
  listening.onconnection = (status, client) => {
    if (status !== 0) {
      handler.onAcceptError(getSystemErrorName(status));
      return;
    }
    const remoteAddress = peerAddress(client);
    if (remoteAddress === undefined) {
      // It was reset before it was accepted.
      client.close();
      return;
    }
    if (!optionsAreInherited) setOptions(client, options);
    handler.onAccept(new HandleSocket(kit, client, options, remoteAddress));
  };
}

class NodeListener implements Listener {
  readonly address: Listener["address"];
  readonly #server: Server;

  constructor(server: Server, unixAddress: Listener["address"] | undefined) {
    this.#server = server;
    if (unixAddress !== undefined) {
      this.address = unixAddress;
    } else {
      const bound = server.address() as AddressInfo;
      this.address = tcpAddress(bound.address, bound.port);
    }
  }

  close(): Promise<void> {
    // `close` calls back only when the last accepted socket is gone, yet the address is free at once.
    this.#server.close();
    return Promise.resolve();
  }
}
