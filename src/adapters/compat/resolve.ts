import { lookup, type LookupAddress, Resolver } from "node:dns";
import { isIP, isIPv6 } from "node:net";
import type { Pending, ResolveHandler } from "../../core/runtime/runtime.ts";
import { errorCode } from "./error-codes.ts";

/** Where addresses and their TTLs come from; a parameter, so that a test can put its own in their place. */
export interface NameSources {
  /** As `dns.lookup` with `all`. */
  lookup(host: string, callback: (error: Error | null, addresses: readonly LookupAddress[]) => void): void;
  /** A resolver for the TTLs of one name. */
  resolver(): Resolver;
}

/** One try: an answer that is not told its TTL in time is told without. Bun waits for a second at least. */
const ttlTimeoutMs = 500;
/** Deno's resolver gives the names of the hosts file a day: so much is as good as nothing told. */
const endlessTtlSeconds = 86_400;

/**
 * A look-up that asks for each name once at a time, and tells all who asked. getaddrinfo(3) cannot be given up: without
 * a DNS that answers, those that were would queue up for its few threads, and the names be late when the DNS is back.
 */
export function sharedLookup(lookUp: NameSources["lookup"]): NameSources["lookup"] {
  const asking = new Map<string, Parameters<NameSources["lookup"]>[1][]>();
  return (host, callback) => {
    const others = asking.get(host);
    if (others !== undefined) {
      others.push(callback);
      return;
    }
    const callbacks = [callback];
    asking.set(host, callbacks);
    try {
      lookUp(host, (error, addresses) => {
        asking.delete(host);
        for (const tell of callbacks) tell(error, addresses);
      });
    } catch (error) {
      asking.delete(host);
      throw error;
    }
  };
}

const system: NameSources = {
  lookup: sharedLookup((host, callback) => lookup(host, { all: true, order: "verbatim" }, callback)),
  // A new one each time: it has read the resolv.conf of now.
  resolver: () => new Resolver({ timeout: ttlTimeoutMs, tries: 1 }),
};

/**
 * The port's `resolve` over `node:dns`, the same on the three runtimes. getaddrinfo(3) says which addresses there are:
 * it knows the hosts file, nsswitch.conf and search domains. DNS is then asked for their TTL, from the cache that has
 * just been filled; it counts only when DNS has all of these addresses, so not when they came from the hosts file.
 */
export function resolve(host: string, handler: ResolveHandler): Pending {
  return resolveWith(system, host, handler);
}

/** `resolve` with other sources. */
export function resolveWith(sources: NameSources, host: string, handler: ResolveHandler): Pending {
  let cancelled = false;
  let resolver: Resolver | undefined;
  const fail = (error: unknown): void => {
    const code = errorCode(error);
    if (!cancelled) handler.onResolveError(code === "ENOTFOUND" || code === "ENODATA" ? "not-found" : "other");
  };
  const onAddresses = (error: Error | null, addresses: readonly LookupAddress[]): void => {
    if (cancelled) return;
    if (error !== null || addresses.length === 0) {
      fail(error ?? { code: "ENODATA" });
      return;
    }
    const hosts = [...new Set(addresses.map(({ address }) => address))];
    resolver = sources.resolver();
    askTtl(resolver, host, hosts, (ttlMs) => {
      if (!cancelled) handler.onResolve(hosts, ttlMs);
    });
  };
  queueMicrotask(() => {
    if (cancelled) return;
    if (isIP(host) !== 0) {
      handler.onResolve([host], undefined);
      return;
    }
    try {
      sources.lookup(host, onAddresses);
    } catch (error) {
      // Node throws for what can be no name at all.
      fail(error);
    }
  });
  return {
    cancel(): void {
      cancelled = true;
      resolver?.cancel();
    },
  };
}

/** Calls `done` once with the shortest TTL of all `hosts`, undefined unless DNS has each of them. */
function askTtl(
  resolver: Resolver,
  host: string,
  hosts: readonly string[],
  done: (ttlMs: number | undefined) => void,
): void {
  const families = new Set(hosts.map((one) => (isIPv6(one) ? ("resolve6" as const) : ("resolve4" as const))));
  const ttls = new Map<string, number>();
  let waiting = families.size;
  for (const family of families) {
    resolver[family](host, { ttl: true }, (error, records) => {
      if (error === null) for (const { address, ttl } of records) ttls.set(address, ttl);
      waiting--;
      if (waiting > 0) return;
      const ttl = Math.min(...hosts.map((one) => ttls.get(one) ?? Infinity));
      done(hosts.every((one) => ttls.has(one)) && ttl < endlessTtlSeconds ? ttl * 1000 : undefined);
    });
  }
}
