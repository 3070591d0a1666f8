/** Why an endpoint is not chosen now, and what would change that: in plain words, for whoever is on call. */
import type { Clock } from "../../core/runtime/clock.ts";
import type { CircuitBreaker } from "../../core/upstream/circuit-breaker.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";
import type { KeptUpstream } from "../../core/upstream/upstream-keeper.ts";
import { probeFailureText, probesText } from "./probe-text.ts";
import { spanText } from "./span-text.ts";

/** What keeps an endpoint from being chosen. */
export type UnavailableReason =
  | "draining"
  | "disabled"
  | "unhealthy"
  | "ejected"
  | "breaker-open"
  | "breaker-half-open"
  | "upstream-breaker-open"
  | "upstream-breaker-half-open"
  | "full"
  | "standby";

/** One reason, and there may be several at a time. */
export interface Unavailable {
  readonly reason: UnavailableReason;
  /** Since when it holds: ISO 8601; null for what comes and goes with the load. */
  readonly since: string | null;
  /** What the matter is. */
  readonly text: string;
  /** What would end it. */
  readonly change: string;
}

/** All that keeps an endpoint from being chosen now; empty when nothing does. */
export function explainUnavailable(endpoint: Endpoint, upstream: KeptUpstream, clock: Clock): readonly Unavailable[] {
  const { name } = upstream.settings;
  return [
    explainAdminState(endpoint, upstream),
    explainHealth(endpoint, upstream),
    explainEjection(endpoint, upstream, clock),
    explainBreaker(endpoint.breaker, { prefix: "", whose: "its", reset: resetCommand(name, endpoint.name) }, clock),
    explainBreaker(
      upstream.breaker,
      { prefix: "upstream-", whose: "the upstream's", reset: resetCommand(name) },
      clock,
    ),
    explainFull(endpoint),
    explainStandby(endpoint, upstream),
  ].filter((one) => one !== undefined);
}

function resetCommand(...names: readonly string[]): string {
  return `\`geryon endpoints ${names.join(" ")} --reset\``;
}

function explainAdminState(endpoint: Endpoint, upstream: KeptUpstream): Unavailable | undefined {
  const { adminState, adminSinceMs, activeConnections } = endpoint;
  if (adminState === "ready") return undefined;
  const rest = activeConnections === 0 ? "none is left" : `${counted(activeConnections, "connection")} still to end`;
  const text =
    adminState === "draining"
      ? `it is set to draining: it takes no new connections; ${rest}`
      : `it is set to disabled: it takes no new connections and is not probed; ${rest}`;
  const change = `set its state to ready: \`geryon endpoints ${upstream.settings.name} ${endpoint.name} --state ready\``;
  return { reason: adminState, since: isoTime(adminSinceMs), text, change };
}

function explainHealth(endpoint: Endpoint, upstream: KeptUpstream): Unavailable | undefined {
  const { health, failOpen, probed } = endpoint;
  const checks = upstream.settings.health;
  // Failing open ignores what the probes found.
  if (health.status !== "unhealthy" || failOpen || checks === undefined) return undefined;
  const probes = `its ${probesText(checks)}`;
  const text =
    health.lastProbe === "ok"
      ? `${probes} failed; the last one succeeded`
      : `${probes} fail: ${probeFailureText(health.lastProbe ?? "", endpoint.address, checks)}`;
  const missing = health.proven ? Math.max(1, checks.rise - health.successes) : 1;
  const nextMs = health.changing ? checks.fastIntervalMs : checks.intervalMs;
  const change = probed
    ? `${counted(missing, health.successes > 0 ? "more successful probe" : "successful probe")}${missing > 1 ? " in a row" : ""}; the next within ${spanText(nextMs * longestWait)}`
    : "successful probes, once its state is ready or draining";
  return { reason: "unhealthy", since: isoTime(health.sinceMs), text, change };
}

/** The intervals between probes vary by a tenth. */
const longestWait = 1.1;

function explainEjection(endpoint: Endpoint, upstream: KeptUpstream, clock: Clock): Unavailable | undefined {
  const { ejection, failOpen } = endpoint;
  if (ejection?.active !== true || failOpen || upstream.keeper.outlier === undefined) return undefined;
  const text = `it is ejected: ${upstream.keeper.outlier.settings.consecutiveFailures} of its connections failed in a row`;
  const change = `in ${spanUntil(ejection.untilMs, clock)} by itself, or ${resetCommand(upstream.settings.name, endpoint.name)}`;
  return { reason: "ejected", since: isoTime(ejection.sinceMs), text, change };
}

function explainBreaker(
  breaker: CircuitBreaker | undefined,
  words: { readonly prefix: "" | "upstream-"; readonly whose: string; readonly reset: string },
  clock: Clock,
): Unavailable | undefined {
  if (breaker === undefined || breaker.allows) return undefined;
  const { failures, successes, halfOpenProbes } = breaker.settings;
  const since = isoTime(breaker.sinceMs);
  if (breaker.state === "open") {
    return {
      reason: `${words.prefix}breaker-open`,
      since,
      text: `${words.whose} circuit breaker is open: ${counted(failures, "connection")} failed in a row${breaker.trips > 1 ? ", or one that tried again" : ""}`,
      change: `in ${spanUntil(breaker.halfOpenAtMs, clock)} it lets ${counted(halfOpenProbes, "connection")} try, or ${words.reset}`,
    };
  }
  return {
    reason: `${words.prefix}breaker-half-open`,
    since,
    text: `${words.whose} circuit breaker is half-open: ${counted(halfOpenProbes, "connection")} may try at a time, and as many do`,
    change: `${counted(successes - breaker.successes, "more success", "more successes")} to close it, or ${words.reset}`,
  };
}

function explainFull({ activeConnections, maxConnections }: Endpoint): Unavailable | undefined {
  if (activeConnections < maxConnections) return undefined;
  return {
    reason: "full",
    since: null,
    text: `it has as many connections as it may: ${maxConnections}`,
    change: `one of its ${counted(activeConnections, "connection")} ends`,
  };
}

function explainStandby({ priority }: Endpoint, upstream: KeptUpstream): Unavailable | undefined {
  const { servingPriority } = upstream;
  if (servingPriority === undefined || servingPriority === priority) return undefined;
  const { failOpenBelow } = upstream.settings;
  const share = `${Math.round((failOpenBelow ?? 0) * 100)} %`;
  if (servingPriority < priority) {
    return {
      reason: "standby",
      since: null,
      text: `it stands by: endpoints of priority ${servingPriority} serve`,
      change:
        failOpenBelow === undefined
          ? `no endpoint of a priority below ${priority} can serve any more`
          : `less than ${share} of the ready endpoints of each priority below ${priority} can serve`,
    };
  }
  // None of its tier can serve, and each endpoint's own reasons say why.
  if (failOpenBelow === undefined) return undefined;
  return {
    reason: "standby",
    since: null,
    text: `too few endpoints of its priority can serve, so those of priority ${servingPriority} serve`,
    change: `at least ${share} of the ready endpoints of priority ${priority} can serve`,
  };
}

function spanUntil(untilMs: number | undefined, clock: Clock): string {
  return spanText((untilMs ?? 0) - clock.now());
}

function isoTime(wallTimeMs: number): string {
  return new Date(wallTimeMs).toISOString();
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
