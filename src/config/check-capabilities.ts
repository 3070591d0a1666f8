/** What a config needs of the runtime it is to run on. */
import type { Capabilities, CapabilityName } from "../core/runtime/capabilities.ts";
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import type { Findings } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { Problem } from "./source.ts";

/** Refuses what cannot be done without a missing capability; warns of settings that have no effect without one. */
export function checkCapabilities(draft: Draft, capabilities: Capabilities, findings: Findings): void {
  const need = (list: Problem[], path: ConfigPath, name: CapabilityName, hint: string, when = ""): void => {
    const { supported, reason } = capabilities[name];
    if (supported) return;
    const what = `${quote(String(path.at(-1)))}${when} needs the capability ${quote(name)}, which this runtime lacks${reason === "" ? "" : `: ${reason}`}`;
    list.push({ ...makeMistake(what, undefined, hint), path, part: "value" });
  };
  // `auto` is no number: where several cannot be, it means one.
  if ((draft.number(["workers"]) ?? 1) > 1)
    need(findings.problems, ["workers"], "reusePort", "write auto, or run on another runtime", " above 1");
  const useless = "it has no effect here";
  for (const { name, ipv6Only, keepAlive } of draft.listeners) {
    const path = ["listeners", name];
    if (ipv6Only === true)
      need(findings.problems, [...path, "ipv6Only"], "ipv6Only", "remove the key, or run on another runtime");
    if (draft.isWritten([...path, "backlog"])) need(findings.warnings, [...path, "backlog"], "backlog", useless);
    const delay = draft.isWritten([...path, "keepAlive"]) && keepAlive !== 0;
    if (delay) need(findings.warnings, [...path, "keepAlive"], "keepAliveDelay", useless);
  }
  for (const { name, sourceAddress } of draft.upstreams) {
    if (sourceAddress === undefined) continue;
    need(
      findings.problems,
      ["upstreams", name, "sourceAddress"],
      "sourceAddress",
      "remove the key, or run on another runtime",
    );
  }
}
