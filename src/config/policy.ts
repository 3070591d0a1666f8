/** Policies by any of the names that people know them by. */
import type { PolicyName } from "../core/balancer/balancer.ts";
import { mistaken, oneOf, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";
import { nearest } from "./nearest.ts";

/** Each policy with the other names it goes by. Weights count in all of them, so the "weighted" names are the same. */
export const policyNames: Readonly<Record<PolicyName, readonly string[]>> = {
  p2c: ["power-of-two", "power-of-two-choices", "two-random-choices", "pick-2"],
  "round-robin": ["rr"],
  "weighted-round-robin": ["wrr", "smooth-weighted-round-robin", "swrr", "static-rr"],
  "least-connections": ["lc", "wlc", "least-conn", "least-connection", "weighted-least-connections", "least-request"],
  random: ["rand", "weighted-random"],
  "peak-ewma": ["ewma", "least-time", "least-response-time", "latency"],
  "ip-hash": ["source", "source-ip", "source-hash", "client-ip", "rendezvous", "hrw", "highest-random-weight"],
  "ring-hash": ["ketama", "consistent-hash", "consistent-hashing", "consistent", "hash-ring", "ring"],
  maglev: ["maglev-hash", "mh"],
};

/** The policies that keep a client on its endpoint. */
export const hashPolicies: readonly PolicyName[] = ["ip-hash", "ring-hash", "maglev"];

/** The policies that bound how full an endpoint gets beside the others. */
export const boundedPolicies: readonly PolicyName[] = ["ring-hash", "maglev"];

/** Reads a policy's name; case, hyphens, underscores and spaces do not matter. */
export function parsePolicy(text: string): Parsed<PolicyName> {
  const policy = byPlainName.get(plain(text));
  if (policy !== undefined) return parsed(policy);
  const names = [...byPlainName.keys()];
  const close = byPlainName.get(nearest(plain(text), names) ?? "");
  return mistaken(
    `Unknown policy ${quote(text)}`,
    oneOf(Object.keys(policyNames)),
    close === undefined ? undefined : `did you mean ${quote(close)}?`,
  );
}

const byPlainName: ReadonlyMap<string, PolicyName> = makeIndex();

function makeIndex(): Map<string, PolicyName> {
  const index = new Map<string, PolicyName>();
  for (const name of Object.keys(policyNames).filter(isPolicyName)) {
    for (const alias of [name, ...policyNames[name]]) index.set(plain(alias), name);
  }
  return index;
}

function isPolicyName(name: string): name is PolicyName {
  return Object.hasOwn(policyNames, name);
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]/g, "");
}
