import type { Scenario } from "./scenario.ts";

/** Says whether a scenario still fails in the same way. */
export type StillFails = (scenario: Scenario) => Promise<boolean>;

/** Plain data, as JSON knows it. */
type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Where in a scenario a value is. */
type Path = readonly (string | number)[];

/** Lists whose entries may be dropped. */
const lists: readonly Path[] = [
  ["events"],
  ["connections"],
  ["http", "clients"],
  ["settings", "routes"],
  ["settings", "upstreams"],
];
/** Numbers that may become 0: all others have a least value of their own. */
const shrinkable = new Set([
  "atMs",
  "forMs",
  "startMs",
  "bytes",
  "gapMs",
  "abortAfterBytes",
  "stallBytes",
  "stallMs",
  "acceptDelayMs",
  "playMs",
  "settleMs",
  "latencyMs",
  "jitterMs",
  "tinySegments",
  "bodyDelayMs",
  "delayMs",
  "faultBytes",
  "laterMs",
  "afterBytes",
]);

/**
 * The smallest scenario that still fails: entries of lists dropped (halves first, as in ddmin: Zeller and Hildebrandt,
 * "Simplifying and isolating failure-inducing input", 2002), optional settings taken out, numbers made small.
 * Tries at most `maxTries` scenarios.
 */
export async function shrink(scenario: Scenario, stillFails: StillFails, maxTries: number): Promise<Scenario> {
  const shrinker = new Shrinker(scenario, stillFails, maxTries);
  return await shrinker.run();
}

class Shrinker {
  #best: Scenario;
  readonly #stillFails: StillFails;
  #triesLeft: number;

  constructor(scenario: Scenario, stillFails: StillFails, maxTries: number) {
    this.#best = scenario;
    this.#stillFails = stillFails;
    this.#triesLeft = maxTries;
  }

  async run(): Promise<Scenario> {
    let before = "";
    while (before !== JSON.stringify(this.#best) && this.#triesLeft > 0) {
      before = JSON.stringify(this.#best);
      for (const path of this.#allLists()) await this.#shrinkList(path);
      await this.#dropOptions();
      await this.#shrinkNumbers();
    }
    return this.#best;
  }

  /** Those of the whole scenario first: what is inside of them depends on them. */
  #allLists(): Path[] {
    const upstreams = this.#best.settings.upstreams.map((_, at): Path => ["settings", "upstreams", at, "endpoints"]);
    const clients = this.#best.http?.clients ?? [];
    const requests = clients.flatMap(({ requests: own }, at): Path[] => {
      const path: Path = ["http", "clients", at, "requests"];
      return [path, ...own.map((_, index): Path => [...path, index, "answers"])];
    });
    return [...lists, ...upstreams, ...requests];
  }

  /** Keeps a change if the scenario still fails with it. */
  async #try(path: Path, value: Json | undefined): Promise<boolean> {
    if (this.#triesLeft-- <= 0) return false;
    const changed = withValue(this.#best as unknown as Json, path, value) as unknown as Scenario;
    if (!isWhole(changed) || !(await this.#stillFails(changed))) return false;
    this.#best = changed;
    return true;
  }

  async #shrinkList(path: Path): Promise<void> {
    let size = Math.ceil(this.#listAt(path).length / 2);
    while (size >= 1) {
      for (let at = 0; at < this.#listAt(path).length;) {
        const list = this.#listAt(path);
        const shorter = [...list.slice(0, at), ...list.slice(at + size)];
        if (!(await this.#try(path, shorter))) at += size;
      }
      size = size === 1 ? 0 : Math.ceil(size / 2);
    }
  }

  #listAt(path: Path): readonly Json[] {
    const value = valueAt(this.#best as unknown as Json, path);
    return Array.isArray(value) ? (value as readonly Json[]) : [];
  }

  async #dropOptions(): Promise<void> {
    for (const path of pathsOf(this.#best as unknown as Json)) {
      const name = path.at(-1);
      if (typeof name === "string" && optional.has(name) && !isKept(path)) await this.#try(path, undefined);
    }
  }

  async #shrinkNumbers(): Promise<void> {
    for (const path of pathsOf(this.#best as unknown as Json)) {
      const value = valueAt(this.#best as unknown as Json, path);
      const name = path.findLast((key) => typeof key === "string") ?? "";
      if (typeof value !== "number" || value === 0 || !shrinkable.has(name)) continue;
      for (const smaller of [0, 1, 10, 100, Math.floor(value / 2), Math.floor(value)])
        if (Math.abs(smaller) < Math.abs(value) && (await this.#try(path, smaller))) break;
    }
  }
}

/** Settings that may be absent. */
const optional = new Set([
  "health",
  "outlier",
  "endpointBreaker",
  "upstreamBreaker",
  "failOpenBelow",
  "maxConnections",
  "maxConnectionsPerClient",
  "clientRate",
  "maxDescriptors",
  "workers",
  "maxBodyBytes",
  "perTryTimeoutMs",
  "responseTimeoutMs",
  "extra",
  "rewrite",
  "opening",
  "behind",
]);

/** The process' limit has no absent form, nor have an upstream's timeout and what it keeps of a body. */
function isKept(path: Path): boolean {
  if (path.includes("limits")) return true;
  const [, part] = path;
  const name = path.at(-1);
  return part === "upstreams" && (name === "responseTimeoutMs" || name === "maxBodyBytes");
}

function valueAt(root: Json, path: Path): Json | undefined {
  let value: Json | undefined = root;
  for (const key of path) value = (value as Readonly<Record<string | number, Json>> | undefined)?.[key];
  return value;
}

/** A copy with one value changed, or taken out. */
function withValue(root: Json, path: Path, value: Json | undefined): Json {
  const [key, ...rest] = path;
  if (key === undefined) return value ?? null;
  if (Array.isArray(root)) return root.map((one: Json, at) => (at === key ? withValue(one, rest, value) : one));
  const copy = { ...(root as Readonly<Record<string, Json>>) };
  const name = String(key);
  if (rest.length === 0 && value === undefined) delete copy[name];
  else copy[name] = withValue(copy[name] ?? null, rest, value);
  return copy;
}

/** The paths of everything in it. */
function pathsOf(root: Json, path: Path = []): Path[] {
  if (root === null || typeof root !== "object") return [path];
  const inside = Object.entries(root).flatMap(([key, value]) =>
    pathsOf(value, [...path, Array.isArray(root) ? Number(key) : key]),
  );
  return path.length === 0 ? inside : [path, ...inside];
}

/** Every listener and route has its upstream: else the proxy would not even start. Every request has its answer. */
function isWhole({ settings, http }: Scenario): boolean {
  const names = new Set(settings.upstreams.map(({ name }) => name));
  const requests = http?.clients.flatMap(({ requests: own }) => own) ?? [];
  return (
    settings.listeners.every((one) => one.protocol === "http" || names.has(one.upstream)) &&
    settings.routes.every(
      ({ action }) => action.kind !== "forward" || action.upstreams.every(({ name }) => names.has(name)),
    ) &&
    requests.every(({ answers }) => answers.length > 0)
  );
}
