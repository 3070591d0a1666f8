import type { Socket } from "../runtime/socket.ts";
import { HeaderId } from "../wire/header-id.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { EndpointLink } from "./endpoint-link.ts";
import type { ExchangeFacts } from "./exchange-facts.ts";
import { flush } from "./flush.ts";
import { Tunnel, type TunnelOwner } from "./tunnel.ts";

/** Whether a 101 is to the protocol that was asked for; empty: none was (RFC 9110 section 7.8). */
export function switchesTo(head: ResponseHead, protocol: string): boolean {
  return protocol !== "" && head.upgrade && head.value(head.find(HeaderId.upgrade)).toLowerCase() === protocol;
}

/** Passes the 101 on, and makes a tunnel of the two connections. */
export function openTunnel(
  head: ResponseHead,
  connection: ClientConnection,
  link: EndpointLink,
  facts: ExchangeFacts,
  owner: TunnelOwner,
): Tunnel {
  const { service, socket } = connection;
  const { plan, endpoint } = facts;
  // It was asked for: there is a route that allows it, and an endpoint that has answered.
  if (plan === undefined || endpoint === undefined) throw new Error("a switch of protocols without a route");
  facts.status = 101;
  facts.close = false;
  plan.writeResponse(service.plane.out, head, "none", facts);
  const room = flush(service.plane.out, socket);
  const sockets = { ...connection.handOver(), endpoint: link.release() as Socket, room, protocol: facts.upgrade };
  return new Tunnel(service, sockets, endpoint, plan.settings.tunnelTimeoutMs, owner);
}
