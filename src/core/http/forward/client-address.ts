import type { AddressSet } from "../../bytes/address-set.ts";
import { IpAddress } from "../../bytes/ip-address.ts";
import { type Head, headerStride } from "../../wire/head.ts";
import { HeaderId } from "../../wire/header-id.ts";
import type { ClientFacts } from "./client-facts.ts";

const ip = new IpAddress();

/**
 * Who the client is: the peer; or, when the peer is a trusted proxy, whom `X-Forwarded-For` names, read from its right up
 * to the first address that is not trusted (RFC 7239 section 8.1: what is left of it, anybody may have written). What is no
 * address ends the walk too: then it is the last one that was believed.
 */
export function clientAddress(head: Head, client: ClientFacts, trusted: AddressSet): string {
  if (!client.trusted) return client.address;
  let believed = client.address;
  for (let index = head.headerCount - 1; index >= 0; index--) {
    if (head.headers[index * headerStride] !== HeaderId.xForwardedFor) continue;
    const value = head.value(index);
    for (let end = value.length; end >= 0;) {
      const comma = end === 0 ? -1 : value.lastIndexOf(",", end - 1);
      const element = value.slice(comma + 1, end).trim();
      end = comma;
      if (element === "") continue;
      const address = readElement(element);
      if (address === undefined) return believed;
      believed = address;
      if (!trusted.has(address)) return address;
    }
  }
  return believed;
}

/** `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]`, and both kinds with a port, which some proxies add. */
function readElement(text: string): string | undefined {
  const bracket = text.startsWith("[") ? text.indexOf("]") : -1;
  if (bracket !== -1) return asAddress(text.slice(1, bracket));
  const colon = text.indexOf(":");
  return asAddress(colon !== -1 && colon === text.lastIndexOf(":") ? text.slice(0, colon) : text);
}

function asAddress(text: string): string | undefined {
  return ip.read(text) && !text.includes("%") ? text : undefined;
}

/** By which scheme the client came: the connection is plain, but a trusted proxy may have taken TLS off. */
export function clientScheme(head: Head, client: ClientFacts): "http" | "https" {
  const index = client.trusted ? head.find(HeaderId.xForwardedProto) : -1;
  return index !== -1 && head.value(index).toLowerCase() === "https" ? "https" : "http";
}
