/** What could be read of a config that may have mistakes: the checks look at every value that is right by itself. */
import type { PolicyName } from "../core/balancer/balancer.ts";
import type { Address, ListenAddress } from "../core/runtime/address.ts";
import type { ConfigPath } from "./config-error.ts";
import type { ListenerEntry } from "./listener-schema.ts";
import type { RouteMatchEntry } from "./route-match-schema.ts";
import type { RouteEntry } from "./route-schema.ts";
import { isRecord } from "./shape.ts";
import type { Problem } from "./source.ts";

/** The values that the checks need; absent where they could not be read. */
export interface Draft {
  readonly listeners: readonly DraftListener[];
  readonly upstreams: readonly DraftUpstream[];
  readonly routes: readonly DraftRoute[];
  readonly admin?: Address | undefined;
  /** The number read at a path, or its default. */
  number(path: ConfigPath): number | undefined;
  /** The word read at a path, or its default. */
  word(path: ConfigPath): string | undefined;
  /** The text at a path as the user wrote it. */
  written(path: ConfigPath): string;
  /** Whether the document has a value at the path, so that it is no default. */
  isWritten(path: ConfigPath): boolean;
  /** Whether a key that is unknown where it stands was meant to be this one. */
  isMeant(path: ConfigPath): boolean;
  /** Whether there is no problem at or below the path. */
  isReadable(path: ConfigPath): boolean;
}

/** One of the listeners. */
export interface DraftListener {
  readonly name: string;
  readonly address?: ListenAddress | undefined;
  readonly protocol?: ListenerEntry["protocol"] | undefined;
  readonly upstream?: string | undefined;
  readonly ipv6Only?: boolean | undefined;
  readonly keepAlive?: number | undefined;
  /** The statuses of `http.errorPages` that have a map. */
  readonly errorPages: readonly string[];
}

/** One of the routes that are maps. */
export interface DraftRoute {
  readonly index: number;
  /** Where it stands. */
  readonly path: ConfigPath;
  /** Its keys that could be read. */
  readonly keys: Partial<RouteEntry>;
  /** Absent when something in it could not be read. */
  readonly match?: RouteMatchEntry | undefined;
  /** Whether all of it could be read. */
  readonly whole: boolean;
}

/** One of the upstreams. */
export interface DraftUpstream {
  readonly name: string;
  readonly policy?: PolicyName | undefined;
  readonly endpoints: readonly DraftEndpoint[];
  readonly sourceAddress?: string | undefined;
}

/** An endpoint whose address could be read. */
export interface DraftEndpoint {
  readonly index: number;
  readonly address: Address;
  /** Where its address stands. */
  readonly path: ConfigPath;
}

/** Picks what is right out of a schema's output. `output` holds raw values wherever there are problems. */
export function makeDraft(raw: unknown, output: unknown, problems: readonly Problem[]): Draft {
  const bad = problemPaths(problems);
  // What has no problem at or below it was read, and so has the type that the schema gives it.
  const read = (path: ConfigPath): unknown => {
    return bad.has(JSON.stringify(path)) ? undefined : valueAt(output, path);
  };
  const names = (...path: string[]): readonly string[] => {
    const map = valueAt(output, path);
    return isRecord(map) ? Object.keys(map).filter((name) => isRecord(map[name])) : [];
  };
  const endpoints = (name: string): readonly DraftEndpoint[] => {
    const path = ["upstreams", name, "endpoints"];
    const list = valueAt(output, path);
    if (!Array.isArray(list)) return [];
    return list.flatMap((_, index) => {
      const own = [...path, index];
      const short = typeof valueAt(raw, own) === "string";
      const addressPath = short ? own : [...own, "address"];
      const address = bad.has(JSON.stringify(own)) ? undefined : (read(addressPath) as Address | undefined);
      return address === undefined ? [] : [{ index, address, path: addressPath }];
    });
  };
  const routes = valueAt(output, ["routes"]);
  const route = (entry: unknown, index: number): readonly DraftRoute[] => {
    if (!isRecord(entry)) return [];
    const path = ["routes", index];
    const readable = Object.keys(entry).filter((key) => !bad.has(JSON.stringify([...path, key])));
    const keys = Object.fromEntries(readable.map((key) => [key, entry[key]])) as Partial<RouteEntry>;
    return [{ index, path, keys, match: keys.match, whole: !bad.has(JSON.stringify(path)) }];
  };
  const meant = new Set(
    problems.flatMap(({ path, meant: key }) =>
      key === undefined ? [] : [JSON.stringify([...path.slice(0, -1), key])],
    ),
  );
  return {
    listeners: names("listeners").map((name) => ({
      name,
      address: read(["listeners", name, "address"]) as ListenAddress | undefined,
      protocol: read(["listeners", name, "protocol"]) as ListenerEntry["protocol"] | undefined,
      upstream: read(["listeners", name, "upstream"]) as string | undefined,
      ipv6Only: read(["listeners", name, "ipv6Only"]) as boolean | undefined,
      keepAlive: read(["listeners", name, "keepAlive"]) as number | undefined,
      errorPages: names("listeners", name, "http", "errorPages"),
    })),
    upstreams: names("upstreams").map((name) => ({
      name,
      endpoints: endpoints(name),
      policy: read(["upstreams", name, "policy"]) as PolicyName | undefined,
      sourceAddress: read(["upstreams", name, "sourceAddress"]) as string | undefined,
    })),
    routes: Array.isArray(routes) ? routes.flatMap(route) : [],
    admin: read(["admin", "address"]) as Address | undefined,
    number: (path) => {
      const value = read(path);
      return typeof value === "number" ? value : undefined;
    },
    word: (path) => {
      const value = read(path);
      return typeof value === "string" ? value : undefined;
    },
    written: (path) => String(valueAt(raw, path)),
    isWritten: (path) => valueAt(raw, path) !== undefined,
    isMeant: (path) => meant.has(JSON.stringify(path)),
    isReadable: (path) => !bad.has(JSON.stringify(path)),
  };
}

/** The paths of problems and all paths above them, as JSON. */
function problemPaths(problems: readonly Problem[]): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const { path } of problems) {
    for (let length = path.length; length > 0; length -= 1) paths.add(JSON.stringify(path.slice(0, length)));
  }
  return paths;
}

function valueAt(value: unknown, path: ConfigPath): unknown {
  let inner = value;
  for (const step of path) {
    if (typeof inner !== "object" || inner === null || !Object.hasOwn(inner, step)) return undefined;
    inner = (inner as Readonly<Record<string | number, unknown>>)[step];
  }
  return inner;
}
