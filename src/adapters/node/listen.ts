import { createServer, type AddressInfo, type Server } from "node:net";
import { ListenError, type ListenHandler, type Listener, type ListenOptions } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { tcpAddress, unixPath } from "../compat/net-address.ts";
import { NetSocket } from "../compat/net-socket.ts";

/**
 * The port's `listen` over `net.Server`. Out of descriptors, libuv accepts and closes the excess (uv__emfile_trick):
 * the listener recovers by itself and `onAcceptError` is never called.
 */
export function nodeListen(options: ListenOptions, handler: ListenHandler): Promise<Listener> {
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
        resolve(new NodeListener(server, unixAddress));
      },
    );
  });
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
