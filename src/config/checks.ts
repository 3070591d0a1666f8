/** What no value alone shows to be wrong: names that lead nowhere, addresses that collide, needs the runtime lacks. */
import type { ListenAddress } from "../core/runtime/address.ts";
import { addressKey, collide, ipFamily } from "./bound.ts";
import type { BoundAddress } from "./bound.ts";
import { maxRoutes } from "./bounds.ts";
import { checkCapabilities, type Sockets } from "./check-capabilities.ts";
import { checkEndpoints } from "./check-endpoints.ts";
import { checkHealth } from "./check-health.ts";
import { checkUpstreamNames } from "./check-names.ts";
import { checkProtocol } from "./check-protocol.ts";
import { checkRoutes } from "./check-routes.ts";
import { checkUpstream } from "./check-upstream.ts";
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { checkErrorPages } from "./error-page.ts";
import type { ConfigFiles } from "./files.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";
import { maxEntries } from "./schema.ts";

/** Checks a draft as far as its values could be read. */
export function checkDraft(draft: Draft, sockets: Sockets | undefined, files: ConfigFiles): Findings {
  const findings: Findings = { problems: [], warnings: [] };
  // Such a config is refused anyway; comparing each with each would only take long.
  if (draft.listeners.length > maxEntries || draft.upstreams.length > maxEntries || draft.routes.length > maxRoutes)
    return findings;
  checkBound(draft, findings);
  for (const listener of draft.listeners) {
    checkProtocol(draft, listener, findings);
    checkErrorPages(draft, listener, findings, files);
  }
  checkUpstreamNames(draft, findings);
  checkRoutes(draft, findings);
  checkLimits(draft, findings);
  for (const upstream of draft.upstreams) {
    checkEndpoints(draft, upstream, findings);
    checkHealth(draft, upstream, findings);
    checkUpstream(draft, upstream, findings);
  }
  if (sockets !== undefined) checkCapabilities(draft, sockets, findings);
  return findings;
}

function checkBound(draft: Draft, findings: Findings): void {
  const seen: (BoundAddress & { readonly who: string; readonly text: string })[] = [];
  const bind = (path: ConfigPath, who: string, address: ListenAddress, ipv6Only: boolean): void => {
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
    refuse(findings, path, makeMistake(`Address ${text} ${what}`, undefined, anotherWord[address.kind]));
  };
  for (const { name, address, ipv6Only } of draft.listeners) {
    if (address === undefined) continue;
    const path = ["listeners", name, "address"];
    bind(path, `listener ${quote(name)}`, address, ipv6Only === true);
    if (address.kind === "inherited" && draft.isWritten(["listeners", name, "backlog"])) {
      const what = '"backlog" has no effect on a socket that listens already';
      warn(findings, ["listeners", name, "backlog"], makeMistake(what, undefined, "set it where the socket is opened"));
    }
    const family = notIPv6(address);
    if (ipv6Only !== true || family === undefined) continue;
    refuse(
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

const anotherWord = {
  tcp: "choose another port",
  unix: "choose another path",
  inherited: "one listener accepts on it, with all workers",
};

/** What an address is that no `ipv6Only` fits. */
function notIPv6(address: ListenAddress): string | undefined {
  if (address.kind === "unix") return "a unix socket";
  if (address.kind === "inherited") return "a socket that is bound already";
  return ipFamily(address.host) === 4 ? "an IPv4 address" : undefined;
}

function checkLimits(draft: Draft, findings: Findings): void {
  const whole = draft.number(["limits", "maxConnections"]);
  if (whole === undefined) return;
  for (const { name } of draft.listeners) {
    const path = ["listeners", name, "maxConnections"];
    const own = draft.number(path);
    if (own === undefined || own <= whole) continue;
    const what = `"maxConnections" is ${own}, but "limits" allows all listeners together ${whole}`;
    warn(findings, path, makeMistake(what, undefined, `it has no effect above ${whole}`));
  }
}
