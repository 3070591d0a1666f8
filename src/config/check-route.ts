/** What is wrong with the keys of a route beside each other. */
import type { ConfigPath } from "./config-error.ts";
import { formatPath } from "./config-error.ts";
import type { Draft, DraftRoute } from "./draft.ts";
import { countGroups } from "./expression.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, oneOf, quote } from "./mistake.ts";
import { nearest } from "./nearest.ts";
import { templateNames } from "./path-pattern.ts";
import { pathKeys, valueKeys } from "./route-match-schema.ts";
import type { RouteMatchEntry, ValueMatchEntry } from "./route-match-schema.ts";
import { actionKeys } from "./route-schema.ts";
import type { RedirectEntry, RewriteEntry } from "./route-schema.ts";

/** Checks a route by itself. */
export function checkRoute(draft: Draft, route: DraftRoute, findings: Findings): void {
  const { path, keys, match } = route;
  checkAction(draft, route, findings);
  checkOneOf(draft, findings, [...path, "match"], pathKeys);
  if (match !== undefined) {
    checkValues(draft, findings, [...path, "match", "headers"], match.headers);
    checkValues(draft, findings, [...path, "match", "query"], match.query);
    checkSameNames(findings, [...path, "match", "headers"], match.headers);
  }
  for (const key of ["requestHeaders", "responseHeaders"] as const) {
    for (const verb of ["set", "add"] as const) checkSameNames(findings, [...path, key, verb], keys[key]?.[verb]);
  }
  checkWeights(route, findings);
  if (keys.rewrite !== undefined) checkTarget(draft, findings, [...path, "rewrite"], keys.rewrite, match);
  if (keys.redirect !== undefined) checkRedirect(draft, findings, [...path, "redirect"], keys.redirect, match);
  const { respond } = keys;
  if (respond !== undefined && respond.body !== "" && (respond.status === 204 || respond.status === 304)) {
    const what = `"body" is set, but an answer with the status ${respond.status} has none`;
    refuse(
      findings,
      [...path, "respond", "body"],
      makeMistake(what, undefined, "remove the key, or choose another status"),
      "key",
    );
  }
}

/** The keys that have an effect only where a request goes to an upstream. */
const forwardKeys = ["requestHeaders", "responseTimeout", "upgrades", "tunnelTimeout"] as const;

function checkAction(draft: Draft, { path }: DraftRoute, findings: Findings): void {
  const [first, ...others] = actionKeys.filter((key) => draft.isWritten([...path, key]));
  if (first === undefined) {
    if (actionKeys.some((key) => draft.isMeant([...path, key]))) return;
    const what = `What to do is missing in ${formatPath(path)}`;
    refuse(findings, path, makeMistake(what, `"upstream", "upstreams", "redirect" or "respond"`), "key");
    return;
  }
  for (const key of others) {
    const what = `${quote(first)} and ${quote(key)} are both set`;
    refuse(findings, [...path, key], makeMistake(what, "one of them"), "key");
  }
  if (first === "upstream" || first === "upstreams") return;
  if (draft.isWritten([...path, "rewrite"])) {
    const what = `"rewrite" is only for requests that go to an upstream, and there is ${quote(first)}`;
    const hint = first === "redirect" ? 'write its keys under "redirect"' : "remove the key";
    refuse(findings, [...path, "rewrite"], makeMistake(what, undefined, hint), "key");
  }
  for (const key of forwardKeys.filter((one) => draft.isWritten([...path, one]))) {
    const what = `${quote(key)} has no effect beside ${quote(first)}`;
    warn(findings, [...path, key], makeMistake(what, undefined, "it is about what goes to an upstream"), "key");
  }
}

/** Refuses further keys of a map in which one at most may be. */
function checkOneOf(draft: Draft, findings: Findings, path: ConfigPath, keys: readonly string[]): readonly string[] {
  const written = keys.filter((key) => draft.isWritten([...path, key]));
  for (const key of written.slice(1)) {
    const what = `${quote(written[0] ?? "")} and ${quote(key)} are both set`;
    refuse(findings, [...path, key], makeMistake(what, "one of them"), "key");
  }
  return written;
}

function checkValues(
  draft: Draft,
  findings: Findings,
  path: ConfigPath,
  values: Readonly<Record<string, ValueMatchEntry>>,
): void {
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "string" || checkOneOf(draft, findings, [...path, name], valueKeys).length > 0) continue;
    const what = `Match of ${quote(name)} is empty`;
    refuse(
      findings,
      [...path, name],
      makeMistake(what, "prefix, regex or present", 'write "present: true" for any value'),
    );
  }
}

/** Names of header fields are the same in any case. */
function checkSameNames(
  findings: Findings,
  path: ConfigPath,
  values: Readonly<Record<string, unknown>> | undefined,
): void {
  const seen = new Map<string, string>();
  for (const name of Object.keys(values ?? {})) {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), name);
    else
      refuse(
        findings,
        [...path, name],
        makeMistake(`Header ${quote(name)} is already there as ${quote(first)}`, "each name once"),
        "key",
      );
  }
}

function checkWeights({ path, keys }: DraftRoute, findings: Findings): void {
  const upstreams = keys.upstreams ?? [];
  const own = [...path, "upstreams"];
  if (upstreams.length > 0 && upstreams.every(({ weight }) => weight === 0)) {
    refuse(
      findings,
      own,
      makeMistake("Weights are all 0: no upstream gets a request", undefined, "give one of them more"),
      "key",
    );
  }
  const seen = new Map<string, number>();
  for (const [index, { name }] of upstreams.entries()) {
    const first = seen.get(name);
    if (first === undefined) seen.set(name, index);
    else {
      const what = `Upstream ${quote(name)} is already upstream ${first + 1} of this route`;
      refuse(
        findings,
        [...own, index, "name"],
        makeMistake(what, undefined, "to send it more requests, raise its weight"),
      );
    }
  }
}

/** Checks what takes the place of a target beside what is matched. */
function checkTarget(
  draft: Draft,
  findings: Findings,
  path: ConfigPath,
  target: RewriteEntry | RedirectEntry,
  match: RouteMatchEntry | undefined,
): void {
  checkOneOf(draft, findings, path, ["path", "prefix"]);
  if (match === undefined) return;
  if (target.prefix !== undefined && match.pathPrefix === undefined) {
    const what = '"prefix" takes the place of "pathPrefix", which this route does not match';
    refuse(findings, [...path, "prefix"], makeMistake(what, undefined, 'match "pathPrefix", or write "path"'), "key");
  }
  if (target.path === undefined) return;
  if (match.pathTemplate !== undefined) {
    const names = templateNames(match.pathTemplate);
    for (const used of templateNames(target.path).filter((name) => !names.includes(name))) {
      const close = nearest(used, names);
      const hint = close === undefined ? undefined : `did you mean ${quote(`:${close}`)}?`;
      const what = `"pathTemplate" has no part ${quote(`:${used}`)}`;
      const expected = names.length === 0 ? "a path without such parts" : oneOf(names.map((name) => `:${name}`));
      refuse(findings, [...path, "path"], makeMistake(what, expected, hint));
    }
  }
  if (match.pathRegex !== undefined) {
    const groups = countGroups(match.pathRegex);
    const highest = Math.max(0, ...[...target.path.matchAll(/\$(\d+)/g)].map(([, digits]) => Number(digits)));
    if (highest <= groups) return;
    const what = `"pathRegex" has no group ${highest}`;
    refuse(findings, [...path, "path"], makeMistake(what, groupsForm(groups)));
  }
}

function groupsForm(groups: number): string {
  if (groups === 0) return "a path without $1";
  return groups === 1 ? "$1" : `$1 to $${groups}`;
}

function checkRedirect(
  draft: Draft,
  findings: Findings,
  path: ConfigPath,
  redirect: RedirectEntry,
  match: RouteMatchEntry | undefined,
): void {
  checkTarget(draft, findings, path, redirect, match);
  const { scheme, host, port, path: to, prefix, query } = redirect;
  if ([scheme, host, port, to, prefix, query].every((part) => part === undefined)) {
    const what = "Redirect leads to where it came from";
    refuse(findings, path, makeMistake(what, "scheme, host, port, path, prefix or query"), "key");
    return;
  }
  const elsewhere = scheme !== undefined || host !== undefined || port !== undefined;
  if (elsewhere || match === undefined) return;
  const same = (to !== undefined && to === match.path) || (prefix !== undefined && prefix === match.pathPrefix);
  const narrow = match.methods !== undefined || [match.headers, match.query].some((map) => Object.keys(map).length > 0);
  if (!same || narrow) return;
  const key = to === undefined ? "prefix" : "path";
  const what = `Redirect leads to the path that the route itself matches: ${quote(to ?? prefix ?? "")}`;
  refuse(findings, [...path, key], makeMistake(what, "another path"));
}
