import { deno } from "./deno-api.ts";

/**
 * How several threads can listen on one port: `sockets` each its own, as the kernel's SO_REUSEPORT has it; `one-socket`
 * for all, which spreads the clients less evenly; or not at all.
 */
export type PortSharing = "sockets" | "one-socket" | "none";

/**
 * `Deno.listen({ reusePort })` needs --unstable-net; without the flag even to name it ends the process. What is left is
 * `loadBalanced`, which `deno serve --parallel` is made of: threads that ask for the same address share its socket. It
 * is not documented, so it is tried: two that ask for any port get the same one. Never asks the user for permission.
 */
export function findPortSharing(): PortSharing {
  if (deno.listenDatagram !== undefined) return "sockets";
  try {
    if (deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state !== "granted") return "none";
    const any = { transport: "tcp", hostname: "127.0.0.1", port: 0, loadBalanced: true } as const;
    using first = deno.listen(any);
    using second = deno.listen(any);
    return portOf(first) === portOf(second) ? "one-socket" : "none";
  } catch {
    return "none";
  }
}

function portOf({ addr }: ReturnType<typeof deno.listen>): number | undefined {
  return addr.transport === "tcp" ? addr.port : undefined;
}

/** What this process does. */
export const portSharing: PortSharing = findPortSharing();

/** What `Deno.listen` is to be asked for an address that is shared. */
export const sharingOption: { readonly reusePort?: true; readonly loadBalanced?: true } =
  portSharing === "sockets" ? { reusePort: true } : { loadBalanced: true };
