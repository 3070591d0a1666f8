import type { RouteSettings } from "../server/http-settings.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { HostTable } from "./host-table.ts";
import { type PathEntry, PathLookup } from "./path-lookup.ts";
import { readPattern } from "./path-pattern.ts";
import { compareConditions, readConditions } from "./route-conditions.ts";
import { explainRoutes, type RouteVerdict } from "./route-explanation.ts";
import type { RouteMatch } from "./route-match.ts";

/**
 * The routes of a listener, compiled. Of those that match a request, the first one by this order is taken, as in the
 * Gateway API:
 *
 * 1. host: exact, then wildcards with the longest first, then none;
 * 2. path: exact, then templates with more literal segments first, then expressions, then the longest prefix, then none;
 * 3. with methods before without;
 * 4. more header fields, then more query parameters;
 * 5. the order in the file.
 *
 * What a request costs depends on its host and path and on the routes that have both in common, not on how many other
 * routes there are.
 */
export class RouteTable<T> {
  readonly #routes: readonly RouteSettings[];
  readonly #values: readonly T[];
  readonly #hosts: HostTable;
  readonly #paths: PathLookup;

  /** `make` says what `find` returns for a route. Throws for a path that is none: settings are checked before. */
  constructor(routes: readonly RouteSettings[], make: (route: RouteSettings, index: number) => T) {
    this.#routes = routes;
    this.#values = routes.map(make);
    const numbers = new Map<string | undefined, number>();
    const entries: PathEntry[] = [];
    const order = [...routes.keys()].toSorted((a, b) => compareConditions(matchOf(routes, a), matchOf(routes, b)));
    for (const route of order) {
      const { hosts = [undefined], path } = matchOf(routes, route);
      const pattern = readPattern(path);
      for (const host of hosts) {
        const number = numbers.get(host) ?? numbers.size;
        numbers.set(host, number);
        entries.push({ host: number, pattern, route });
      }
    }
    this.#hosts = new HostTable([...numbers.keys()]);
    const conditions = routes.map((route) => readConditions(route.match));
    this.#paths = new PathLookup(numbers.size, entries, conditions);
  }

  /**
   * What belongs to the route that matches, of which `match` then tells; undefined when none does. `client` is the
   * client's address as text, asked for only when a route that matches else needs it. Makes nothing, but for
   * expressions.
   */
  find(head: RequestHead, path: CanonicalPath, client: () => string, match: RouteMatch): T | undefined {
    match.index = -1;
    match.captureCount = 0;
    const count = this.#hosts.look(head.bytes, head.authorityStart, head.hostEnd);
    const { candidates } = this.#hosts;
    this.#paths.set(path);
    for (let place = 0; place < count; place++) {
      const route = this.#paths.find(candidates[place] as number, head, path, client, match);
      if (route === -1) continue;
      match.index = route;
      return this.#values[route];
    }
    return undefined;
  }

  /** All routes, with why each does or does not match, in the order in which they are asked. */
  explain(head: RequestHead, path: CanonicalPath, client: () => string): readonly RouteVerdict[] {
    return explainRoutes(this.#routes, head, path, client);
  }
}

function matchOf(routes: readonly RouteSettings[], index: number): RouteSettings["match"] {
  return (routes[index] as RouteSettings).match;
}
