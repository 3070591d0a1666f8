/** What no value alone shows to be wrong: names that lead nowhere, addresses that collide, needs the runtime lacks. */
import type { Address } from "../core/runtime/address.ts";
import type { Capabilities } from "../core/runtime/capabilities.ts";
import { addressKey, collide, ipFamily, leadsTo } from "./bound.ts";
import type { BoundAddress } from "./bound.ts";
import { checkCapabilities } from "./check-capabilities.ts";
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { formatDuration } from "./duration.ts";
import { makeMistake, oneOf, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { nearest } from "./nearest.ts";
import { maxEntries } from "./schema.ts";
import type { Problem } from "./source.ts";

/** What the checks found: problems refuse the config, warnings do not. */
export interface Findings {
  readonly problems: Problem[];
  readonly warnings: Problem[];
}

/** Checks a draft as far as its values could be read. */
export function checkDraft(draft: Draft, capabilities: Capabilities | undefined): Findings {
  const findings: Findings = { problems: [], warnings: [] };
  // Such a config is refused anyway; comparing each with each would only take long.
  if (draft.listeners.length > maxEntries || draft.upstreams.length > maxEntries) return findings;
  checkBound(draft, findings);
  checkReferences(draft, findings);
  for (const upstream of draft.upstreams) {
    checkEndpoints(draft, upstream, findings);
    checkHealth(draft, upstream, findings);
  }
  if (capabilities !== undefined) checkCapabilities(draft, capabilities, findings);
  return findings;
}

/** More names than this help nobody to find the right one. */
const maxNamesShown = 10;

function report(findings: Findings, path: ConfigPath, mistake: Mistake): void {
  findings.problems.push({ ...mistake, path, part: "value" });
}

function checkBound(draft: Draft, findings: Findings): void {
  const seen: (BoundAddress & { readonly who: string; readonly text: string })[] = [];
  const bind = (path: ConfigPath, who: string, address: Address, ipv6Only: boolean): void => {
    const text = quote(draft.written(path));
    const own = { address, ipv6Only, who, text };
    const other = seen.find((earlier) => collide(earlier, own));
    if (other === undefined) {
      seen.push(own);
      return;
    }
    const what =
      addressKey(other.address) === addressKey(address)
        ? `is already the address of ${other.who}`
        : `overlaps ${other.text}, the address of ${other.who}`;
    report(
      findings,
      path,
      makeMistake(
        `Address ${text} ${what}`,
        undefined,
        address.kind === "unix" ? "choose another path" : "choose another port",
      ),
    );
  };
  for (const { name, address, ipv6Only } of draft.listeners) {
    if (address === undefined) continue;
    const path = ["listeners", name, "address"];
    bind(path, `listener ${quote(name)}`, address, ipv6Only === true);
    const family =
      address.kind === "unix" ? "a unix socket" : ipFamily(address.host) === 4 ? "an IPv4 address" : undefined;
    if (ipv6Only !== true || family === undefined) continue;
    report(
      findings,
      ["listeners", name, "ipv6Only"],
      makeMistake(
        `"ipv6Only" is true, but ${quote(draft.written(path))} is ${family}`,
        "an IPv6 address",
        "remove the key",
      ),
    );
  }
  if (draft.admin !== undefined) bind(["admin", "address"], "the admin API", draft.admin, false);
}

function checkReferences(draft: Draft, findings: Findings): void {
  // Without upstreams, that is the mistake; that nothing refers to any is no news.
  if (draft.upstreams.length === 0) return;
  const names = draft.upstreams.map(({ name }) => name);
  const known = new Set(names);
  const used = new Set<string>();
  for (const { name, upstream } of draft.listeners) {
    if (upstream === undefined) continue;
    used.add(upstream);
    if (known.has(upstream)) continue;
    const close = nearest(upstream, names);
    const shown = names.length > maxNamesShown ? `one of the ${names.length} upstreams of this config` : oneOf(names);
    const hint = close === undefined ? undefined : `did you mean ${quote(close)}?`;
    report(findings, ["listeners", name, "upstream"], makeMistake(`Unknown upstream ${quote(upstream)}`, shown, hint));
  }
  // A listener whose upstream is unknown or unread may have meant any of them.
  if (draft.listeners.some(({ upstream }) => upstream === undefined || !known.has(upstream))) return;
  for (const name of names.filter((candidate) => !used.has(candidate))) {
    const mistake = makeMistake(
      `Upstream ${quote(name)} is not used by any listener`,
      undefined,
      "its endpoints are probed all the same",
    );
    findings.warnings.push({ ...mistake, path: ["upstreams", name], part: "key" });
  }
}

type DraftUpstream = Draft["upstreams"][number];

function checkEndpoints(draft: Draft, upstream: DraftUpstream, findings: Findings): void {
  const seen = new Map<string, number>();
  const source = upstream.sourceAddress;
  const family = source === undefined ? undefined : ipFamily(source);
  for (const { index, address, path } of upstream.endpoints) {
    const text = quote(draft.written(path));
    const first = seen.get(addressKey(address));
    if (first !== undefined) {
      const hint = "to send it more connections, raise its weight";
      report(
        findings,
        path,
        makeMistake(`Endpoint ${text} is already endpoint ${first + 1} of this upstream`, undefined, hint),
      );
      continue;
    }
    seen.set(addressKey(address), index);
    const own = draft.listeners.find((listener) => {
      return (
        listener.address !== undefined &&
        leadsTo(address, { address: listener.address, ipv6Only: listener.ipv6Only === true })
      );
    });
    if (own !== undefined) {
      const what = `Endpoint ${text} is listener ${quote(own.name)} of this config: Geryon would proxy to its own listener`;
      report(findings, path, makeMistake(what, "an address where another program listens"));
    }
    const target = address.kind === "unix" ? undefined : ipFamily(address.host);
    if (family === undefined || target === undefined || family === target) continue;
    const what = `Endpoint ${text} is IPv${target}, but the upstream's source address is IPv${family}: ${source}`;
    report(findings, path, makeMistake(what, `an IPv${family} address`));
  }
}

function checkHealth(draft: Draft, upstream: DraftUpstream, findings: Findings): void {
  const { interval, timeout } = upstream;
  if (interval === undefined || timeout === undefined || timeout <= interval) return;
  const path = ["upstreams", upstream.name, "health"];
  // The one that was written is the one to change.
  if (draft.isWritten([...path, "timeout"])) {
    const what = `Timeout ${formatDuration(timeout)} is longer than the interval ${formatDuration(interval)}`;
    report(findings, [...path, "timeout"], makeMistake(what, `at most ${formatDuration(interval)}`));
  } else {
    const what = `Interval ${formatDuration(interval)} is shorter than the default timeout ${formatDuration(timeout)}`;
    report(
      findings,
      [...path, "interval"],
      makeMistake(what, undefined, `set "timeout" to at most ${formatDuration(interval)}`),
    );
  }
}
