import type { ConnectHandler, ConnectOptions, Pending } from "../../core/runtime/runtime.ts";
import { connectFailure } from "../compat/error-codes.ts";
import { unixPath } from "../compat/net-address.ts";
import { deno } from "./deno-api.ts";
import { direct } from "./direct-conn.ts";
import { DenoSocket } from "./socket.ts";

/** The port's `connect` over `Deno.connect`, which has no way to choose the local address. */
export function denoConnect(options: ConnectOptions, handler: ConnectHandler): Pending {
  const { address } = options;
  const abort = new AbortController();
  let settled = false;
  const target =
    address.kind === "unix"
      ? ({ transport: "unix", path: unixPath(address.path) } as const)
      : ({ transport: "tcp", hostname: address.host, port: address.port } as const);
  deno.connect({ ...target, signal: abort.signal }).then(
    (conn) => {
      if (settled) {
        conn.close();
        return;
      }
      settled = true;
      handler.onConnect(new DenoSocket(direct(conn), address.kind === "unix" ? address : undefined, options));
    },
    (error: unknown) => {
      if (settled) return;
      settled = true;
      handler.onConnectError(isNameError(error) ? "not-found" : connectFailure(error));
    },
  );
  return {
    cancel(): void {
      if (settled) return;
      settled = true;
      abort.abort();
    },
  };
}

/** Deno's resolver fails with a plain `Error` that has no code, only getaddrinfo's words. */
function isNameError(error: unknown): boolean {
  return error instanceof Error && !("code" in error) && error.message.includes("lookup address");
}
