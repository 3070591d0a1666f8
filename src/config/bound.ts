/** Which addresses collide when they are bound, and which lead back to what is bound. Names are not resolved. */
import type { Address, ListenAddress } from "../core/runtime/address.ts";
import { isLoopback } from "./host.ts";
import { canonicalIp, mappedIPv4, parseIPv4, parseIPv6 } from "./ip.ts";

/** An address as a socket binds it. */
export interface BoundAddress {
  readonly address: ListenAddress;
  /** Whether host `::` leaves IPv4 to others. */
  readonly ipv6Only: boolean;
}

/** Whether only one of the two can be bound at a time. Where an inherited socket is bound is not known yet. */
export function collide(a: BoundAddress, b: BoundAddress): boolean {
  if (a.address.kind !== "tcp" || b.address.kind !== "tcp") return sameSocket(a.address, b.address);
  // Port 0 is another port each time.
  if (a.address.port !== b.address.port || a.address.port === 0) return false;
  const others = atoms(b.address.host, b.ipv6Only);
  return atoms(a.address.host, a.ipv6Only).some((one) => others.some((other) => meet(one, other)));
}

/** Whether a connection to the address would arrive at the listener on this machine. */
export function leadsTo(target: Address, listener: BoundAddress): boolean {
  if (target.kind !== "tcp" || listener.address.kind !== "tcp") return sameSocket(target, listener.address);
  if (target.port !== listener.address.port || target.port === 0) return false;
  const targets = atoms(target.host, true);
  const bound = atoms(listener.address.host, listener.ipv6Only);
  // `[::1]` does not reach a listener on 0.0.0.0, but beside one it is a slip far more often than another program.
  if (bound.some(isAny)) return targets.some((atom) => atom.kind !== "name" && isLoopback(atom.text));
  return targets.some((one) => bound.some((other) => one.kind === other.kind && one.text === other.text));
}

/** Text that is the same for the same address; readers have made hosts the same already. */
export function addressKey(address: ListenAddress): string {
  if (address.kind === "inherited") return `fd:${address.descriptor}`;
  return address.kind === "unix" ? `unix:${address.path}` : `${address.host} ${address.port}`;
}

/** The family of an IP literal, or undefined for a name. */
export function ipFamily(host: string): 4 | 6 | undefined {
  if (parseIPv4(host) !== undefined) return 4;
  return parseIPv6(host) === undefined ? undefined : 6;
}

/** One thing that a host stands for: all of a family, one IP address, or a name. */
interface Atom {
  readonly kind: "any4" | "any6" | "ip4" | "ip6" | "name";
  readonly text: string;
}

function atoms(host: string, ipv6Only: boolean): readonly Atom[] {
  if (host === "localhost")
    return [
      { kind: "ip4", text: "127.0.0.1" },
      { kind: "ip6", text: "::1" },
    ];
  if (host === "0.0.0.0") return [{ kind: "any4", text: "" }];
  const groups = parseIPv6(host);
  if (groups === undefined) return [{ kind: parseIPv4(host) === undefined ? "name" : "ip4", text: host }];
  const mapped = mappedIPv4(groups);
  if (mapped !== undefined) return [{ kind: "ip4", text: mapped }];
  if (groups.some((group) => group !== 0)) return [{ kind: "ip6", text: canonicalIp(host) ?? host }];
  return ipv6Only
    ? [{ kind: "any6", text: "" }]
    : [
        { kind: "any6", text: "" },
        { kind: "any4", text: "" },
      ];
}

function meet(a: Atom, b: Atom): boolean {
  if (a.kind === b.kind) return a.text === b.text;
  return covers(a, b) || covers(b, a);
}

/** A name to listen on is an address of this machine, of one family or the other. */
function covers(any: Atom, other: Atom): boolean {
  if (any.kind === "any4") return other.kind === "ip4" || other.kind === "name";
  return any.kind === "any6" && (other.kind === "ip6" || other.kind === "name");
}

function isAny(atom: Atom): boolean {
  return atom.kind === "any4" || atom.kind === "any6";
}

function sameSocket(a: ListenAddress, b: ListenAddress): boolean {
  if (a.kind === "inherited" || b.kind === "inherited") return addressKey(a) === addressKey(b);
  return a.kind === "unix" && b.kind === "unix" && a.path === b.path;
}
