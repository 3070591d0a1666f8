import type { RouteSettings } from "../server/http-settings.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { maxExpressionBytes } from "./expression.ts";
import { comparePatterns, type PathPattern, readPattern, type Template } from "./path-pattern.ts";
import { compareConditions, orList, RouteConditions } from "./route-conditions.ts";

/** What a person is told of a route and a request. */
export interface RouteVerdict {
  /** The place of the route in the file, from 0. */
  readonly index: number;
  readonly name: string;
  readonly matches: boolean;
  /** It is the first one that matches. */
  readonly chosen: boolean;
  /** In words: why it does not match, or why another one that matches comes first; empty for the one that is chosen. */
  readonly reason: string;
}

/** A route with the host of it that counts. */
interface Candidate {
  readonly index: number;
  readonly route: RouteSettings;
  readonly pattern: PathPattern;
  readonly host: string | undefined;
  readonly reason: string;
}

/**
 * All routes in the order in which they are asked, each judged by itself, without the tables that `find` looks into: slow,
 * and a second opinion on them.
 */
export function explainRoutes(
  routes: readonly RouteSettings[],
  head: RequestHead,
  path: CanonicalPath,
  client: () => string,
): readonly RouteVerdict[] {
  const asked = head.text(head.authorityStart, head.hostEnd).toLowerCase();
  const host = asked.length > 1 && asked.endsWith(".") ? asked.slice(0, -1) : asked;
  const candidates = routes.map((route, index) => judge(route, index, host, head, path.text, client)).toSorted(compare);
  const chosen = candidates.find((candidate) => candidate.reason === "");
  return candidates.map((candidate) => {
    const { index, route, reason } = candidate;
    const matches = reason === "";
    const isChosen = candidate === chosen;
    const other = matches && !isChosen ? `matches too, but ${chosen?.route.name ?? ""} comes first` : reason;
    return { index, name: route.name, matches, chosen: isChosen, reason: other };
  });
}

function judge(
  route: RouteSettings,
  index: number,
  host: string,
  head: RequestHead,
  path: string,
  client: () => string,
): Candidate {
  const { match } = route;
  const pattern = readPattern(match.path);
  const hosts: readonly (string | undefined)[] = match.hosts ?? [undefined];
  const fitting = hosts.filter((name) => isHost(name, host)).toSorted(compareHosts);
  const base = { index, route, pattern, host: (fitting.length > 0 ? fitting : hosts.toSorted(compareHosts))[0] };
  if (fitting.length === 0) return { ...base, reason: `host is not ${orList(match.hosts ?? [])}` };
  if (!isPath(pattern, path)) return { ...base, reason: `path ${pathWords(pattern, path)}` };
  return { ...base, reason: new RouteConditions(match).explain(head, client) };
}

function compare(a: Candidate, b: Candidate): number {
  return (
    compareHosts(a.host, b.host) ||
    comparePatterns(a.pattern, b.pattern) ||
    compareConditions(a.route.match, b.route.match) ||
    a.index - b.index
  );
}

/** Exact before wildcard before none; the longer wildcard first. */
function compareHosts(a: string | undefined, b: string | undefined): number {
  return hostRank(b) - hostRank(a);
}

function hostRank(host: string | undefined): number {
  if (host === undefined) return 0;
  return host.startsWith("*.") ? host.length : Number.MAX_SAFE_INTEGER;
}

function isHost(name: string | undefined, host: string): boolean {
  if (name === undefined || name === host) return true;
  return name.startsWith("*.") && host.length >= name.length && host.endsWith(name.slice(1));
}

function isPath({ kind, key, template, expression }: PathPattern, path: string): boolean {
  if (template !== undefined) return isTemplate(template, path);
  if (expression !== undefined) return path.length <= maxExpressionBytes && expression.test(path);
  if (kind === "exact") return path === key;
  return kind === "any" || path === key || path.startsWith(`${key}/`);
}

function isTemplate({ segments, rest }: Template, path: string): boolean {
  const parts = path.slice(1).split("/");
  if (rest === undefined ? parts.length !== segments.length : parts.length < segments.length) return false;
  return segments.every((segment, place) => {
    const part = parts[place] ?? "";
    return "literal" in segment ? part === segment.literal : part !== "";
  });
}

function pathWords({ kind, key, template, expression }: PathPattern, path: string): string {
  if (kind === "exact") return `is not ${key}`;
  if (kind === "prefix") return `is not ${key} and not below it`;
  if (template !== undefined) return `does not have the shape of ${templateText(template)}`;
  const isLong = expression !== undefined && path.length > maxExpressionBytes;
  return isLong ? `is too long for an expression: ${path.length} bytes` : `does not match ${key}`;
}

function templateText({ segments, rest }: Template): string {
  const parts = segments.map((segment) => ("literal" in segment ? segment.literal : `:${segment.name}`));
  return `/${[...parts, ...(rest === undefined ? [] : [`*${rest}`])].join("/")}`;
}
