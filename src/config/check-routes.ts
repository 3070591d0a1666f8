/** What is wrong with routes beside each other and beside the listeners. */
import type { PathMatch } from "../core/server/http-settings.ts";
import { refuseName } from "./check-names.ts";
import { checkRoute } from "./check-route.ts";
import type { Draft, DraftRoute } from "./draft.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { RouteMatchEntry } from "./route-match-schema.ts";
import { makeMatch } from "./route-settings.ts";

/** Checks all routes, one by one and together. */
export function checkRoutes(draft: Draft, findings: Findings): void {
  checkRouteNames(draft, findings);
  checkRouteListeners(draft, findings);
  for (const route of draft.routes) checkRoute(draft, route, findings);
  checkServed(draft, findings);
  checkReach(draft, findings);
}

function checkRouteNames(draft: Draft, findings: Findings): void {
  const seen = new Map<string, number>();
  for (const { index, path, keys } of draft.routes) {
    if (keys.name === undefined) continue;
    const first = seen.get(keys.name);
    if (first === undefined) seen.set(keys.name, index);
    else {
      const what = `Name ${quote(keys.name)} is already the name of route ${first + 1}`;
      refuse(findings, [...path, "name"], makeMistake(what, undefined, "logs and metrics tell routes by their names"));
    }
  }
}

function checkRouteListeners(draft: Draft, findings: Findings): void {
  const known = new Set(draft.listeners.map(({ name }) => name));
  const tcp = new Set(draft.listeners.filter(({ protocol }) => protocol === "tcp").map(({ name }) => name));
  for (const { path, keys } of draft.routes) {
    for (const [index, name] of (keys.listeners ?? []).entries()) {
      const own = [...path, "listeners", index];
      if (!known.has(name)) refuseName(findings, own, "listener", name, known);
      if (!tcp.has(name)) continue;
      const what = `Listener ${quote(name)} has the protocol tcp, which knows no routes`;
      refuse(findings, own, makeMistake(what, undefined, 'set its "protocol" to http or auto'));
    }
  }
}

/** Routes without a listener, and listeners without a route. */
function checkServed(draft: Draft, findings: Findings): void {
  // Which listeners there are for routes is not known while a protocol could not be read.
  if (draft.listeners.length === 0 || draft.listeners.some(({ protocol }) => protocol === undefined)) return;
  const http = draft.listeners.filter(({ protocol }) => protocol !== "tcp");
  if (http.length === 0 && draft.routes.length > 0) {
    const what = '"routes" are served by no listener: all have the protocol tcp';
    refuse(findings, ["routes"], makeMistake(what, undefined, 'add "protocol: http" to a listener'), "key");
    return;
  }
  // A route that is not a map, or whose list could not be read, may have meant any of them.
  if (!draft.isReadable(["routes"]) || draft.routes.some(({ keys }) => !("listeners" in keys))) return;
  const known = new Set(draft.listeners.map(({ name }) => name));
  const named = new Set(draft.routes.flatMap(({ keys }) => keys.listeners ?? []));
  const all = draft.routes.some(({ keys }) => keys.listeners === undefined);
  // One that is not known may have meant any of them.
  if ([...named].some((name) => !known.has(name))) return;
  for (const { name } of http.filter((listener) => !all && !named.has(listener.name))) {
    const what = `Listener ${quote(name)} has no route: every request would be answered with 404`;
    const hint = "write a route: routes: [{ name: all, match: { pathPrefix: / }, upstream: NAME }]";
    refuse(findings, ["listeners", name], makeMistake(what, undefined, hint), "key");
  }
}

/** Warns of routes whose requests all go to earlier ones with the same match. */
function checkReach(draft: Draft, findings: Findings): void {
  const all = draft.listeners.filter(({ protocol }) => protocol !== "tcp").map(({ name }) => name);
  const owners = new Map<string, Map<string, DraftRoute>>();
  for (const route of draft.routes) {
    const { path, keys, match, whole } = route;
    if (!whole || match === undefined) continue;
    const key = matchKey(match);
    const taken = owners.get(key) ?? new Map<string, DraftRoute>();
    owners.set(key, taken);
    const listeners = keys.listeners ?? all;
    const first = listeners[0] === undefined ? undefined : taken.get(listeners[0]);
    if (first !== undefined && listeners.every((name) => taken.has(name))) {
      const what = `Route ${quote(keys.name ?? "")} is never reached: route ${quote(first.keys.name ?? "")} has the same match and comes first`;
      warn(
        findings,
        [...path, "match"],
        makeMistake(what, undefined, "remove one of the two, or make their matches different"),
        "key",
      );
      continue;
    }
    for (const name of listeners) if (!taken.has(name)) taken.set(name, route);
  }
}

/** Text that is the same for matches that mean the same, in whatever order they say it. */
function matchKey(entry: RouteMatchEntry): string {
  const { hosts, path, methods, headers, query, clients } = makeMatch(entry);
  const values = [headers, query].map((list) =>
    list.map(({ name, kind, value }) => [name, kind, value].join("\0")).toSorted(),
  );
  return JSON.stringify([hosts?.toSorted(), pathKey(path), methods?.toSorted(), ...values, clients?.toSorted()]);
}

/** A slash at the end of a prefix says nothing, nor do the names in a template. */
function pathKey(path: PathMatch | undefined): string | undefined {
  if (path === undefined) return undefined;
  const { kind, value } = path;
  if (kind === "prefix") return `prefix ${value.replace(/\/+$/, "")}`;
  return `${kind} ${kind === "template" ? value.replaceAll(/(?<=\/)([:*])\w+/g, "$1") : value}`;
}
