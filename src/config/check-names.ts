/** Names that lead nowhere: of upstreams in listeners and routes, of listeners in routes. */
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, oneOf, quote } from "./mistake.ts";
import { nearest } from "./nearest.ts";

/** Checks all references to upstreams; warns of upstreams that nothing refers to. */
export function checkUpstreamNames(draft: Draft, findings: Findings): void {
  // Without upstreams, that is the mistake; that nothing refers to any is no news.
  if (draft.upstreams.length === 0) {
    if (!draft.isWritten(["upstreams"]) && !draft.isMeant(["upstreams"]) && needsUpstreams(draft)) {
      refuse(
        findings,
        ["upstreams"],
        makeMistake('"upstreams" is missing', "the upstreams by name, at least one"),
        "key",
      );
    }
    return;
  }
  const known = new Set(draft.upstreams.map(({ name }) => name));
  const used = new Set<string>();
  // Where a name is wrong or unread, it may have meant any of them.
  let certain = draft.routes.every(({ whole }) => whole);
  const refer = (name: string, path: ConfigPath): void => {
    used.add(name);
    if (known.has(name)) return;
    certain = false;
    refuseName(findings, path, "upstream", name, known);
  };
  for (const { name, upstream, protocol } of draft.listeners) {
    if (upstream !== undefined) refer(upstream, ["listeners", name, "upstream"]);
    else if (protocol !== "http") certain = false;
  }
  for (const { path, keys } of draft.routes) {
    if (keys.upstream !== undefined) refer(keys.upstream, [...path, "upstream"]);
    for (const [index, { name }] of (keys.upstreams ?? []).entries())
      refer(name, [...path, "upstreams", index, "name"]);
  }
  if (!certain) return;
  for (const name of known) {
    if (used.has(name)) continue;
    const what = `Upstream ${quote(name)} is not used by any listener or route`;
    warn(findings, ["upstreams", name], makeMistake(what, undefined, "its endpoints are probed all the same"), "key");
  }
}

/** Only routes that answer by themselves need none. */
function needsUpstreams({ listeners, routes }: Draft): boolean {
  if (listeners.length === 0 || listeners.some(({ protocol }) => protocol !== "http")) return true;
  return routes.some(({ keys }) => keys.upstream !== undefined || keys.upstreams !== undefined);
}

/** Refuses a name that is none of those known. */
export function refuseName(
  findings: Findings,
  path: ConfigPath,
  kind: "upstream" | "listener",
  name: string,
  known: ReadonlySet<string>,
): void {
  const names = [...known];
  const close = nearest(name, names);
  const shown = names.length > maxNamesShown ? `one of the ${names.length} ${kind}s of this config` : oneOf(names);
  const hint = close === undefined ? undefined : `did you mean ${quote(close)}?`;
  refuse(findings, path, makeMistake(`Unknown ${kind} ${quote(name)}`, shown, hint));
}

/** More names than this help nobody to find the right one. */
const maxNamesShown = 10;
