import type { ConnectHandler, ConnectOptions, Pending } from "../../core/runtime/runtime.ts";
import { connectFailure } from "../compat/error-codes.ts";
import { unixPath } from "../compat/net-address.ts";
import { netConnect } from "../compat/net-connect.ts";
import { bun } from "./bun-api.ts";
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
  return abandoned > 0 || pending >= maxPending ? netConnect(options, handler) : nativeConnect(options, handler);
}

function nativeConnect(options: ConnectOptions, handler: ConnectHandler): Pending {
  const { address } = options;
  const unixAddress = address.kind === "unix" ? address : undefined;
  let settled = false;
  let cancelled = false;
  let answered = false;
  pending++;
  /** The kernel's answer is here: once, although a failure may come twice. */
  const gotAnswer = (): void => {
    if (answered) return;
    answered = true;
    pending--;
    if (cancelled) abandoned--;
  };
  const fail = (error: unknown): void => {
    gotAnswer();
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
          gotAnswer();
          if (cancelled) {
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
