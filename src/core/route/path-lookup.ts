import type { RequestHead } from "../wire/request-head.ts";
import { ByteTable, hashBytes } from "./byte-table.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { maxExpressionBytes } from "./expression.ts";
import type { PathPattern } from "./path-pattern.ts";
import { PathScan } from "./path-scan.ts";
import type { RouteConditions } from "./route-conditions.ts";
import type { RouteMatch } from "./route-match.ts";
import { TemplateTable } from "./template-table.ts";

/** A route with one of its hosts, as numbers. */
export interface PathEntry {
  readonly host: number;
  readonly pattern: PathPattern;
  readonly route: number;
}

/** Routes with equal host and path, by their indices: the most specific one first. */
type Bucket = number[];

interface Expression {
  readonly expression: RegExp;
  readonly route: number;
}

/** The paths of one host. */
interface HostPaths {
  hasExact: boolean;
  /** How many segments the deepest prefix has. */
  maxDepth: number;
  templates: TemplateTable | undefined;
  expressions: Expression[] | undefined;
  /** Routes with the empty prefix, which matches all paths; and those without a path. */
  readonly root: Bucket;
  readonly any: Bucket;
}

const utf8 = new TextEncoder();

/** The routes of all hosts by their path. */
export class PathLookup {
  readonly #hosts: readonly HostPaths[];
  readonly #conditions: readonly (RouteConditions | undefined)[];
  /** Exact paths and prefixes, by host: to places in `#buckets`. */
  readonly #paths = new ByteTable(false);
  readonly #buckets: Bucket[] = [];
  /** Of each bucket the first route, when that asks for nothing else: the usual case needs no more than this; else -1. */
  readonly #first: Int32Array;
  readonly #scan: PathScan;

  /** Entries of one bucket come with the most specific one first; conditions are those of the routes, by index. */
  constructor(hostCount: number, entries: readonly PathEntry[], conditions: readonly (RouteConditions | undefined)[]) {
    this.#conditions = conditions;
    this.#hosts = Array.from({ length: hostCount }, () => ({
      hasExact: false,
      maxDepth: 0,
      templates: undefined,
      expressions: undefined,
      root: [],
      any: [],
    }));
    let maxLength = 0;
    let maxDepth = 0;
    const known = new Map<string, Bucket>();
    for (const { host: number, pattern, route } of entries) {
      const host = this.#hosts[number] as HostPaths;
      const { kind, key, expression } = pattern;
      if (expression !== undefined) {
        host.expressions ??= [];
        host.expressions.push({ expression, route });
        continue;
      }
      const name = `${number} ${kind} ${key}`;
      const bucket = known.get(name) ?? this.#open(host, number, pattern);
      known.set(name, bucket);
      bucket.push(route);
      if (kind !== "exact" && kind !== "prefix") continue;
      maxLength = Math.max(maxLength, utf8.encode(key).length);
      if (kind === "prefix") maxDepth = Math.max(maxDepth, host.maxDepth);
    }
    this.#first = Int32Array.from(this.#buckets, ([first = -1]) => (conditions[first] === undefined ? first : -1));
    this.#scan = new PathScan(maxLength, maxDepth);
  }

  /** Takes the path that the next calls of `find` look for. */
  set(path: CanonicalPath): void {
    this.#scan.set(path);
  }

  /** The route of a host that matches; -1 when none does. */
  find(hostNumber: number, head: RequestHead, path: CanonicalPath, client: () => string, match: RouteMatch): number {
    const host = this.#hosts[hostNumber] as HostPaths;
    const scan = this.#scan;
    const { bytes, start, end } = path;
    if (host.hasExact && !scan.isLong) {
      const found = this.#paths.get(2 * hostNumber, scan.whole, bytes, start, end);
      const route = found === -1 ? -1 : this.#enter(found, head, client);
      if (route !== -1) {
        match.prefixEnd = end;
        return route;
      }
    }
    if (host.templates !== undefined) {
      const route = this.#findTemplate(host.templates, head, path, client, match);
      if (route !== -1) return route;
    }
    if (host.expressions !== undefined) {
      const route = this.#findExpression(host.expressions, head, path, client, match);
      if (route !== -1) return route;
    }
    for (let depth = Math.min(host.maxDepth, scan.depth) - 1; depth >= 0; depth--) {
      const prefixEnd = scan.ends[depth] as number;
      const found = this.#paths.get(2 * hostNumber + 1, scan.hashes[depth] as number, bytes, start, prefixEnd);
      const route = found === -1 ? -1 : this.#enter(found, head, client);
      if (route !== -1) {
        match.prefixEnd = prefixEnd;
        return route;
      }
    }
    match.prefixEnd = start;
    const route = this.#choose(host.root, head, client);
    return route === -1 ? this.#choose(host.any, head, client) : route;
  }

  /** The bucket of a pattern that comes for the first time. */
  #open(host: HostPaths, number: number, { kind, key, template }: PathPattern): Bucket {
    if (kind === "any") return host.any;
    if (kind === "prefix" && key === "") return host.root;
    const bucket: Bucket = [];
    const place = this.#buckets.push(bucket) - 1;
    if (template !== undefined) {
      host.templates ??= new TemplateTable();
      host.templates.add(template, place);
    } else {
      const bytes = utf8.encode(key);
      this.#paths.add(2 * number + (kind === "prefix" ? 1 : 0), hashBytes(bytes), bytes, place);
      if (kind === "exact") host.hasExact = true;
      else host.maxDepth = Math.max(host.maxDepth, key.split("/").length - 1);
    }
    return bucket;
  }

  /** The route of the bucket at this place; -1 for none. */
  #enter(place: number, head: RequestHead, client: () => string): number {
    const first = this.#first[place] as number;
    return first === -1 ? this.#choose(this.#buckets[place] as Bucket, head, client) : first;
  }

  /** The first route of a bucket whose other conditions hold; -1 for none. */
  #choose(bucket: Bucket, head: RequestHead, client: () => string): number {
    for (let place = 0; place < bucket.length; place++) {
      const route = bucket[place] as number;
      const conditions = this.#conditions[route];
      if (conditions === undefined || conditions.hold(head, client)) return route;
    }
    return -1;
  }

  #findTemplate(
    templates: TemplateTable,
    head: RequestHead,
    path: CanonicalPath,
    client: () => string,
    match: RouteMatch,
  ): number {
    const shapes = templates.set(path);
    for (let place = 0; place < shapes; place++) {
      const found = templates.get(place, path);
      const route = found === -1 ? -1 : this.#enter(found, head, client);
      if (route === -1) continue;
      templates.capture(place, path, match);
      return route;
    }
    return -1;
  }

  #findExpression(
    expressions: readonly Expression[],
    head: RequestHead,
    path: CanonicalPath,
    client: () => string,
    match: RouteMatch,
  ): number {
    if (path.end - path.start > maxExpressionBytes) return -1;
    const { text } = path;
    for (const { expression, route } of expressions) {
      const conditions = this.#conditions[route];
      if (conditions !== undefined && !conditions.hold(head, client)) continue;
      const indices = expression.exec(text)?.indices;
      if (indices === undefined) continue;
      match.prefixEnd = path.end;
      for (let group = 1; group < indices.length; group++) {
        const [from, to] = indices[group] ?? [0, 0];
        match.capture(path.start + from, path.start + to);
      }
      return route;
    }
    return -1;
  }
}
