import { portHolder } from "../adapters/compat/port-holder.ts";
import { formatAddress } from "../core/runtime/address.ts";
import type { ListenError } from "../core/runtime/runtime.ts";

/** Why an address could not be bound, and what to do about it. */
export function listenFailure({ address, code, message }: ListenError): string {
  const where = `Cannot listen on ${formatAddress(address)}`;
  // What is wrong with a socket that was passed is told by who looked at it.
  if (address.kind === "inherited") return `${where}: ${message} (${code})`;
  switch (code) {
    case "EADDRINUSE": {
      if (address.kind === "unix") return `${where}: the socket exists; is another process using it? If not, remove it`;
      const holder = portHolder(address.port);
      return holder === undefined
        ? `${where}: port ${address.port} is in use`
        : `${where}: port ${address.port} is in use by ${holder}`;
    }
    case "EACCES":
    case "EPERM":
      // Node says this of a folder that does not exist, too.
      if (address.kind === "unix") return `${where}: its folder does not exist, or this process may not write to it`;
      return `${where}: not permitted; ports below 1024 need root or CAP_NET_BIND_SERVICE`;
    case "ENOENT":
      return `${where}: its folder does not exist`;
    case "EMFILE":
      return `${where}: out of descriptors; each worker has one for each listener: raise 'ulimit -n', or have fewer workers`;
    case "EADDRNOTAVAIL":
      return `${where}: no interface of this machine has the address`;
    default:
      return `${where}: ${message}${message.includes(code) ? "" : ` (${code})`}`;
  }
}
