/** What a config needs of the runtime it is to run on. */
import type { Capabilities, CapabilityName } from "../core/runtime/capabilities.ts";
import type { ConfigPath } from "./config-error.ts";
import type { Draft } from "./draft.ts";
import { type Findings, refuse } from "./findings.ts";
import { makeMistake, quote } from "./mistake.ts";
import type { Problem } from "./source.ts";

/** What a config is to run on. */
export interface Sockets {
  readonly capabilities: Capabilities;
  /** Why the reactor cannot be had, which the config asks for; empty when it can, or when the config is overruled. */
  readonly reactorFault: string;
}

/** What to do about a reactor that cannot be had. */
export const reactorHint = "let it call libc (deno --allow-ffi; on Node, install koffi), or choose auto";

/** Refuses what cannot be done without a missing capability; warns of settings that have no effect without one. */
export function checkCapabilities(draft: Draft, { capabilities, reactorFault }: Sockets, findings: Findings): void {
  if (draft.word(["io"]) === "reactor" && reactorFault !== "") {
    const what = `"io" is reactor, which cannot be had here: ${reactorFault}`;
    refuse(findings, ["io"], makeMistake(what, undefined, reactorHint));
    // What else it may ask for depends on how that is mended.
    return;
  }
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
  for (const { name, address, ipv6Only, keepAlive } of draft.listeners) {
    const path = ["listeners", name];
    if (address?.kind === "inherited") {
      const where = [...path, "address"];
      need(findings.problems, where, "inheritedSockets", "choose an address to bind", ` ${draft.written(where)}`);
    }
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
