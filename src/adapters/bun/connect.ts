import type { ConnectHandler, ConnectOptions, PendingConnect } from "../../core/runtime/runtime.ts";
import { connectFailure } from "../compat/error-codes.ts";
import { unixPath } from "../compat/net-address.ts";
import { netConnect } from "../compat/net-connect.ts";
import { bun } from "./bun-api.ts";
import { BunSocket, sharedHandlers } from "./socket.ts";

/** Connects given up by us that the kernel still tries: `Bun.connect` has no way to close them. */
let abandoned = 0;

/**
 * The port's `connect` over `Bun.connect`, which cannot be given up: an abandoned one keeps its descriptor until the
 * kernel gives up, about two minutes. So as long as one is outstanding, new connects go through `node:net`, which
 * can: an endpoint that swallows SYNs costs a handful of descriptors, not all of them.
 */
export function bunConnect(options: ConnectOptions, handler: ConnectHandler): PendingConnect {
  return abandoned > 0 ? netConnect(options, handler) : nativeConnect(options, handler);
}

function nativeConnect(options: ConnectOptions, handler: ConnectHandler): PendingConnect {
  const { address } = options;
  const unixAddress = address.kind === "unix" ? address : undefined;
  let settled = false;
  let cancelled = false;
  const fail = (error: unknown): void => {
    if (cancelled) {
      cancelled = false;
      abandoned--;
    }
    if (settled) return;
    settled = true;
    handler.onConnectError(connectFailure(error));
  };
  const where =
    address.kind === "unix"
      ? { unix: unixPath(address.path) }
      : {
          hostname: address.host,
          port: address.port,
          ...(options.sourceAddress === undefined ? {} : { localAddress: options.sourceAddress }),
        };
  // A rejected promise and `connectError` say the same; some failures come as the one, some as the other.
  bun
    .connect({
      ...where,
      allowHalfOpen: true,
      socket: {
        ...sharedHandlers,
        open(raw) {
          if (cancelled) {
            cancelled = false;
            abandoned--;
            raw.terminate();
            return;
          }
          settled = true;
          const socket = new BunSocket(raw, unixAddress, options);
          raw.data = socket;
          handler.onConnect(socket);
        },
        connectError: (_raw, error) => queueMicrotask(() => fail(error)),
      },
    })
    .catch(fail);
  return {
    cancel(): void {
      if (settled) return;
      settled = true;
      cancelled = true;
      abandoned++;
    },
  };
}
