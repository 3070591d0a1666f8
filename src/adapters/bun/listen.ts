import { ListenError, type ListenHandler, type Listener, type ListenOptions } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { tcpAddress, unixPath } from "../compat/net-address.ts";
import { bun, type BunTcpListener } from "./bun-api.ts";
import { BunSocket, sharedHandlers } from "./socket.ts";

/**
 * The port's `listen` over `Bun.listen`. Out of descriptors, Bun leaves clients in the backlog, asks the kernel again
 * and again (a busy loop, until there are some), and serves them then; `onAcceptError` is never called. The backlog is
 * 512, whatever is asked for.
 */
export async function bunListen(options: ListenOptions, handler: ListenHandler): Promise<Listener> {
  const { address } = options;
  const unixAddress = address.kind === "unix" ? address : undefined;
  const where =
    address.kind === "unix"
      ? { unix: unixPath(address.path) }
      : {
          hostname: address.host,
          port: address.port,
          ipv6Only: options.ipv6Only,
          reusePort: options.reusePort,
        };
  let listener: BunTcpListener;
  try {
    listener = bun.listen({
      ...where,
      allowHalfOpen: true,
      socket: {
        ...sharedHandlers,
        open(raw) {
          // No peer: it was reset before it was accepted.
          if (unixAddress === undefined && raw.remoteAddress === undefined) {
            raw.end();
            return;
          }
          const socket = new BunSocket(raw, unixAddress, options);
          raw.data = socket;
          handler.onAccept(socket);
        },
      },
    });
  } catch (error) {
    throw new ListenError(address, errorCode(error), error instanceof Error ? error.message : String(error));
  }
  return {
    address: unixAddress ?? tcpAddress(listener.hostname, listener.port),
    async close() {
      listener.stop(false);
    },
  };
}
