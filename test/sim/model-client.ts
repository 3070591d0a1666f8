/** Who a client is, and where its request goes: a small model that shares nothing with the core. */
import type { HttpSettings, PathMatch, RewriteSettings, RouteSettings } from "../../src/core/server/http-settings.ts";
import type { Field, RequestPlan } from "./http-plan.ts";

/** Blocks of addresses that scenarios trust, and how the addresses in them begin. */
export const blocks: Readonly<Record<string, string>> = {
  "198.51.100.0/24": "198.51.100.",
  "10.9.0.0/16": "10.9.",
  "2001:db8::/32": "2001:db8:",
};

/** What proxies write of their clients, and which address that is; empty: none. */
export const claimedClients: Readonly<Record<string, string>> = {
  "203.0.113.9": "203.0.113.9",
  "203.0.113.10:4711": "203.0.113.10",
  "10.9.1.1": "10.9.1.1",
  "10.9.1.2:80": "10.9.1.2",
  "[2001:db9::7]:443": "2001:db9::7",
  "2001:db8::77": "2001:db8::77",
  unknown: "",
  _hidden: "",
};

/** Whether the word of an address is taken. */
export function isTrusted({ trustedProxies }: HttpSettings, ip: string): boolean {
  return trustedProxies.some((one) => one === ip || ip.startsWith(blocks[one] ?? "none"));
}

/** Who the client is: the last one in the chain of proxies that was named by somebody trusted. */
export function clientOf(http: HttpSettings, peer: string, fields: readonly Field[]): string {
  const chain = valuesOf(fields, "x-forwarded-for")
    .flatMap((value) => value.split(","))
    .map((one) => one.trim())
    .filter((one) => one !== "");
  let client = peer;
  while (isTrusted(http, client)) {
    const named = claimedClients[chain.pop() ?? ""] ?? "";
    if (named === "") break;
    client = named;
  }
  return client;
}

/** All values of a field, in their order. */
export function valuesOf(fields: readonly Field[], name: string): readonly string[] {
  return fields.filter(([one]) => one.toLowerCase() === name).map(([, value]) => value);
}

/** The first part of the paths that a route is for, which no other route has. */
export function prefixOf(match: PathMatch | undefined): string {
  return /^\/[a-z0-9]+/.exec(match?.value ?? "")?.[0] ?? "";
}

/** The route of requests for a path that begins so. */
export function routeFor(routes: readonly RouteSettings[], prefix: string): RouteSettings | undefined {
  return routes.find(({ match }) => prefixOf(match.path) === prefix);
}

/** What an endpoint is asked for. */
export function targetFor({ route, id, query }: RequestPlan, rewrite: RewriteSettings | undefined): string {
  const asked = rewrite?.query ?? query ?? "";
  // A query that is there and empty stays.
  const none = rewrite?.query === undefined ? query === undefined : rewrite.query === "";
  return pathFor(route, String(id), rewrite) + (none ? "" : `?${asked}`);
}

function pathFor(route: string, id: string, rewrite: RewriteSettings | undefined): string {
  const { path } = rewrite ?? {};
  if (path === undefined) return `${route}/${id}`;
  if (path.kind === "prefix") return `${path.value.endsWith("/") ? path.value.slice(0, -1) : path.value}/${id}`;
  return path.value.replace(":id", id).replace("$1", id);
}
