import { Socket as NetSocketBase } from "node:net";
import type { ConnectHandler, ConnectOptions, Pending } from "../../core/runtime/runtime.ts";
import { connectFailure } from "./error-codes.ts";
import { unixPath } from "./net-address.ts";
import { NetSocket } from "./net-socket.ts";

/** The port's `connect` over `net.Socket`: on every runtime it can be given up, and leave from a chosen address. */
export function netConnect(options: ConnectOptions, handler: ConnectHandler): Pending {
  const { address } = options;
  // Passed on to the stream; missing from @types/node.
  const streamOptions = { highWaterMark: options.highWaterMarkBytes };
  const socket = new NetSocketBase({ allowHalfOpen: true, ...streamOptions });
  // Bun and Deno start to read on connect; paused before, nothing is lost until the core has set its handler.
  socket.pause();
  let settled = false;
  const settle = (): boolean => {
    if (settled) return false;
    settled = true;
    socket.off("connect", onConnect);
    return true;
  };
  const onConnect = (): void => {
    if (!settle()) return;
    socket.off("error", onError);
    handler.onConnect(new NetSocket(socket, address.kind === "unix" ? address : undefined, options));
  };
  // Stays attached when cancelled: a late error of a socket nobody listens to would end the process.
  const onError = (error: unknown): void => {
    if (settle()) handler.onConnectError(connectFailure(error));
  };
  socket.on("connect", onConnect);
  socket.on("error", onError);
  if (address.kind === "unix") {
    socket.connect({ path: unixPath(address.path) });
  } else {
    const localAddress = options.sourceAddress === undefined ? {} : { localAddress: options.sourceAddress };
    socket.connect({ host: address.host, port: address.port, ...localAddress });
  }
  return {
    cancel(): void {
      if (settle()) socket.destroy();
    },
  };
}
