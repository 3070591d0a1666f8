/**
 * What `RouteTable` must find, said once more and as simply as it can be: every route is asked, and those that match are
 * compared. It shares nothing with what is tested.
 */
import type { TestRoute } from "./settings.ts";

/** A request in its parts. The path is canonical. */
export interface ModelRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Whether there is a header field `x-a`, and a query parameter `q`. */
  readonly header: boolean;
  readonly query: boolean;
}

/** The place of the route that is found; -1 for none. */
export function findSlowly(routes: readonly TestRoute[], request: ModelRequest): number {
  let best = -1;
  let bestRank: readonly number[] = [];
  for (const [place, route] of routes.entries()) {
    for (const host of route.hosts ?? [""]) {
      const rank = rankOf(route, host, request);
      if (rank === undefined || (best !== -1 && compare(rank, bestRank) <= 0)) continue;
      best = place;
      bestRank = rank;
    }
  }
  return best;
}

/** Greater comes first; undefined when the route does not match. */
function rankOf(route: TestRoute, host: string, request: ModelRequest): readonly number[] | undefined {
  const { methods, headers = [], query = [] } = route;
  const path = pathRank(route, request.path);
  if (path === undefined || !isHost(host, request.host)) return undefined;
  if (methods !== undefined && !methods.includes(request.method)) return undefined;
  if (headers.some(({ kind }) => (kind === "present") !== request.header)) return undefined;
  if (query.some(({ kind }) => (kind === "present") !== request.query)) return undefined;
  const hostRank = host === "" ? 0 : host.startsWith("*") ? host.length : 1e6;
  return [hostRank, ...path, methods === undefined ? 0 : 1, headers.length, query.length];
}

function isHost(host: string, asked: string): boolean {
  if (!host.startsWith("*")) return host === "" || host === asked;
  return new RegExp(`^.+${host.slice(1).replaceAll(".", "\\.")}$`).test(asked);
}

/** The kind, and what counts within it; always six numbers. */
function pathRank({ exact, prefix, template, regex }: TestRoute, path: string): readonly number[] | undefined {
  if (exact !== undefined) return path === exact ? [4, 0, 0, 0, 0, 0] : undefined;
  if (regex !== undefined) return new RegExp(`^(${regex})$`).test(path) ? [2, 0, 0, 0, 0, 0] : undefined;
  if (prefix !== undefined) {
    const key = prefix.replace(/\/$/, "");
    return `${path}/`.startsWith(`${key}/`) ? [1, key.length, 0, 0, 0, 0] : undefined;
  }
  if (template === undefined) return [0, 0, 0, 0, 0, 0];
  const segments = template.slice(1).split("/");
  const source = segments.map((segment) => (segment.startsWith(":") ? "/[^/]+" : `/${segment}`)).join("");
  const hasRest = segments.at(-1)?.startsWith("*") ?? false;
  const expression = hasRest ? source.replace(/\/\*\w*$/, "(/.*)?") : source;
  if (!new RegExp(`^${expression}$`).test(path)) return undefined;
  const fixed = hasRest ? segments.slice(0, -1) : segments;
  const literals = fixed.filter((segment) => !segment.startsWith(":")).length;
  // Earlier literals as the higher digits of a binary number.
  const places = fixed.reduce((sum, segment) => 2 * sum + (segment.startsWith(":") ? 0 : 1), 0);
  return [3, literals, hasRest ? 0 : 1, fixed.length, places, 0];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [place, number] of a.entries()) {
    const difference = number - (b[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
