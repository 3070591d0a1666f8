/** What is wrong with health checks beside each other and beside the endpoints. */
import type { ConfigPath } from "./config-error.ts";
import { checkOrder } from "./check-order.ts";
import { defaults } from "./defaults.ts";
import type { Draft, DraftUpstream } from "./draft.ts";
import { refuse } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { httpKeys } from "./health-schema.ts";
import { makeMistake, quote } from "./mistake.ts";

/** Checks `health` of an upstream. */
export function checkHealth(draft: Draft, { name, endpoints }: DraftUpstream, findings: Findings): void {
  const path = ["upstreams", name, "health"];
  checkOrder(draft, findings, path, "timeout", "interval");
  // The default gives way.
  if (draft.isWritten([...path, "fastInterval"])) checkOrder(draft, findings, path, "fastInterval", "interval");
  checkHttpKeys(draft, findings, path);
  checkBody(draft, findings, path);
  const unix = endpoints.find(({ address }) => address.kind === "unix");
  if (unix === undefined || !draft.isWritten([...path, "port"])) return;
  const what = `"port" is set, but endpoint ${quote(draft.written(unix.path))} is a unix socket, which has none`;
  refuse(findings, [...path, "port"], makeMistake(what, undefined, "remove the key, or move the endpoint"));
}

function checkHttpKeys(draft: Draft, findings: Findings, path: ConfigPath): void {
  const typeWritten = draft.isWritten([...path, "type"]);
  const type = typeWritten ? draft.word([...path, "type"]) : defaults.health.type;
  if (type !== "tcp") return;
  for (const key of httpKeys.filter((candidate) => draft.isWritten([...path, candidate]))) {
    const what = `${quote(key)} is only for checks of type http, and ${typeWritten ? "this one is" : "the default is"} tcp`;
    const hint = typeWritten ? 'set "type" to http, or remove the key' : 'add "type: http"';
    refuse(findings, [...path, key], makeMistake(what, undefined, hint), "key");
  }
}

function checkBody(draft: Draft, findings: Findings, path: ConfigPath): void {
  if (draft.word([...path, "method"]) !== "HEAD" || !draft.isWritten([...path, "body"])) return;
  const what = '"body" is set, but the answer to HEAD has no body';
  refuse(findings, [...path, "body"], makeMistake(what, undefined, 'set "method" to GET, or remove the key'), "key");
}
