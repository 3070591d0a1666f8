/** What is wrong with the keys of a listener beside its protocol. */
import { checkSizeOrder } from "./check-order.ts";
import { formatPath } from "./config-error.ts";
import type { Draft, DraftListener } from "./draft.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { upstreamForm } from "./listener-schema.ts";
import { makeMistake, quote } from "./mistake.ts";

/** Checks what goes with the protocol of a listener, and what does not. */
export function checkProtocol(draft: Draft, { name, protocol }: DraftListener, findings: Findings): void {
  if (protocol === undefined) return;
  const path = ["listeners", name];
  const upstream = [...path, "upstream"];
  if (protocol === "http" && draft.isWritten(upstream)) {
    const example = `{ name: ${name}, match: { pathPrefix: / }, upstream: ${draft.written(upstream)} }`;
    const mistake = makeMistake(
      '"upstream" is not for the protocol http, whose requests go where "routes" say',
      undefined,
      `write a route: ${example}`,
    );
    refuse(findings, upstream, mistake, "key");
  }
  if (protocol !== "http" && !draft.isWritten(upstream) && !draft.isMeant(upstream)) {
    refuse(findings, upstream, makeMistake(`"upstream" is missing in ${formatPath(path)}`, upstreamForm), "key");
  }
  const written = draft.isWritten([...path, "protocol"]);
  const is = written ? `this one is ${protocol}` : `the default is ${protocol}`;
  const refuseKey = (key: string, wanted: string): void => {
    const what = `${quote(key)} is only for the protocol ${wanted}, and ${is}`;
    const one = wanted === "auto" ? "auto" : "http";
    const hint = written ? `set "protocol" to ${one}, or remove the key` : `add "protocol: ${one}"`;
    refuse(findings, [...path, key], makeMistake(what, undefined, hint), "key");
  };
  if (protocol === "tcp" && draft.isWritten([...path, "http"])) refuseKey("http", "http or auto");
  if (protocol !== "auto" && draft.isWritten([...path, "detectTimeout"])) refuseKey("detectTimeout", "auto");
  checkSizeOrder(draft, findings, [...path, "http"], "maxLine", "maxHead");
  checkTrust(draft, name, findings);
}

function checkTrust(draft: Draft, name: string, findings: Findings): void {
  const path = ["listeners", name, "http", "trustedProxies"];
  for (let index = 0; draft.isWritten([...path, index]); index += 1) {
    const block = draft.word([...path, index]);
    if (block?.endsWith("/0") !== true) continue;
    const what = `Block ${quote(block)} is everybody: any client may say who it is`;
    warn(findings, [...path, index], makeMistake(what, undefined, "name the proxies in front of this one"));
  }
}
