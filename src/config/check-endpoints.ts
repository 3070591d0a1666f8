/** What is wrong with endpoints beside each other, beside the listeners, and in themselves. */
import { addressKey, ipFamily, leadsTo } from "./bound.ts";
import { defaults } from "./defaults.ts";
import type { Draft, DraftUpstream } from "./draft.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";

/** Checks the endpoints of an upstream, one by one and together. */
export function checkEndpoints(draft: Draft, upstream: DraftUpstream, findings: Findings): void {
  checkTiers(draft, upstream, findings);
  const seen = new Map<string, number>();
  const source = upstream.sourceAddress;
  const family = source === undefined ? undefined : ipFamily(source);
  for (const { index, address, path } of upstream.endpoints) {
    const text = quote(draft.written(path));
    const first = seen.get(addressKey(address));
    if (first !== undefined) {
      const hint = "to send it more connections, raise its weight";
      refuse(
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
      refuse(findings, path, makeMistake(what, "an address where another program listens"));
    }
    const target = address.kind === "unix" ? undefined : ipFamily(address.host);
    if (family === undefined || target === undefined || family === target) continue;
    const what = `Endpoint ${text} is IPv${target}, but the upstream's source address is IPv${family}: ${source}`;
    refuse(findings, path, makeMistake(what, `an IPv${family} address`));
  }
}

/** Checks what decides whether an endpoint serves, and says when none would, or none but backups. */
function checkTiers(draft: Draft, { name, endpoints }: DraftUpstream, findings: Findings): void {
  const path = ["upstreams", name, "endpoints"];
  const states = endpoints.map(({ index }) => draft.word([...path, index, "state"]) ?? defaults.endpoint.state);
  const primaries = endpoints.filter(({ index }) => {
    const own = [...path, index];
    const backup = draft.isWritten([...own, "backup"]);
    if (backup && draft.isWritten([...own, "priority"])) {
      const mistake = makeMistake('"backup" and "priority" are both set', undefined, '"backup: true" is "priority: 1"');
      refuse(findings, [...own, "backup"], mistake, "key");
    }
    if (backup && draft.written([...own, "backup"]) === "true") return false;
    return (draft.number([...own, "priority"]) ?? defaults.endpoint.priority) === 0;
  });
  // An endpoint that could not be read may be what is missing here; and then there is an error anyway.
  if (states.length > 0 && !states.includes("ready")) {
    const mistake = makeMistake(`Upstream ${quote(name)} has no endpoint that is ready`, undefined, unready);
    warn(findings, path, mistake, "key");
  } else if (endpoints.length > 0 && primaries.length === 0) {
    const mistake = makeMistake(`Upstream ${quote(name)} has only backups`, undefined, onlyBackups);
    warn(findings, path, mistake, "key");
  }
}

const unready = "its connections fail until one is";

const onlyBackups = "those of the lowest priority serve as if they were no backups";
