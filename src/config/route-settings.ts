/** Turns a route of a config file into what the data plane is built from. */
import type {
  HeaderRules,
  HeaderValue,
  PathMatch,
  PathRewrite,
  RouteAction,
  RouteMatchSettings,
  RouteSettings,
  ValueMatch,
} from "../core/server/http-settings.ts";
import type { HeaderRulesEntry } from "./header-rules-schema.ts";
import type { RouteMatchEntry, ValueMatchEntry } from "./route-match-schema.ts";
import type { RedirectEntry, RewriteEntry, RouteEntry } from "./route-schema.ts";

/** The settings of a route; names of header fields become lower case. */
export function makeRoute(entry: RouteEntry): RouteSettings {
  const { name, listeners, maxBody, responseTimeout } = entry;
  return {
    name,
    match: makeMatch(entry.match),
    action: makeAction(entry),
    requestHeaders: makeRules(entry.requestHeaders),
    responseHeaders: makeRules(entry.responseHeaders),
    upgrades: entry.upgrades === false ? [] : entry.upgrades,
    tunnelTimeoutMs: entry.tunnelTimeout,
    ...(listeners === undefined ? {} : { listeners }),
    // Absent is the listener's limit, so that no limit must be a number.
    ...(maxBody === undefined ? {} : { maxBodyBytes: maxBody === 0 ? Number.MAX_SAFE_INTEGER : maxBody }),
    ...(responseTimeout === undefined ? {} : { responseTimeoutMs: responseTimeout }),
  };
}

/** What requests a route is for; also what two routes are compared by. */
export function makeMatch(entry: RouteMatchEntry): RouteMatchSettings {
  const { host, methods, clients } = entry;
  const path = makePath(entry);
  return {
    ...(host === undefined ? {} : { hosts: typeof host === "string" ? [host] : host }),
    ...(path === undefined ? {} : { path }),
    ...(methods === undefined ? {} : { methods }),
    headers: Object.entries(entry.headers).map(([name, value]) => makeValue(name.toLowerCase(), value)),
    query: Object.entries(entry.query).map(([name, value]) => makeValue(name, value)),
    ...(clients === undefined ? {} : { clients }),
  };
}

function makePath({ path, pathPrefix, pathTemplate, pathRegex }: RouteMatchEntry): PathMatch | undefined {
  if (path !== undefined) return { kind: "exact", value: path };
  if (pathPrefix !== undefined) return { kind: "prefix", value: pathPrefix };
  if (pathTemplate !== undefined) return { kind: "template", value: pathTemplate };
  return pathRegex === undefined ? undefined : { kind: "regex", value: pathRegex };
}

function makeValue(name: string, entry: ValueMatchEntry): ValueMatch {
  if (typeof entry === "string") return { name, kind: "exact", value: entry };
  if (entry.prefix !== undefined) return { name, kind: "prefix", value: entry.prefix };
  if (entry.regex !== undefined) return { name, kind: "regex", value: entry.regex };
  return { name, kind: entry.present === false ? "absent" : "present", value: "" };
}

function makeAction({ upstream, upstreams, redirect, respond, rewrite }: RouteEntry): RouteAction {
  if (redirect !== undefined) {
    const { status, scheme, port } = redirect;
    return {
      kind: "redirect",
      status,
      ...(scheme === undefined ? {} : { scheme }),
      ...(port === undefined ? {} : { port }),
      ...makeTarget(redirect),
    };
  }
  if (respond !== undefined) return { kind: "respond", ...respond };
  return {
    kind: "forward",
    upstreams: upstreams ?? [{ name: upstream ?? "", weight: 1 }],
    ...(rewrite === undefined ? {} : { rewrite: makeTarget(rewrite) }),
  };
}

interface Target {
  readonly host?: string;
  readonly path?: PathRewrite;
  readonly query?: string;
}

function makeTarget({ host, path, prefix, query }: RewriteEntry | RedirectEntry): Target {
  return {
    ...(host === undefined ? {} : { host }),
    ...(path === undefined ? {} : { path: { kind: "full", value: path } }),
    ...(prefix === undefined ? {} : { path: { kind: "prefix", value: prefix } }),
    ...(query === undefined ? {} : { query }),
  };
}

function makeRules({ remove, set, add }: HeaderRulesEntry): HeaderRules {
  return { remove: remove.map((name) => name.toLowerCase()), set: makeValues(set), add: makeValues(add) };
}

function makeValues(values: Readonly<Record<string, string>>): readonly HeaderValue[] {
  return Object.entries(values).map(([name, value]) => ({ name: name.toLowerCase(), value }));
}
