/** What is wrong with the keys of an upstream beside its policy and beside each other. */
import { checkOrder } from "./check-order.ts";
import type { ConfigPath } from "./config-error.ts";
import type { Draft, DraftUpstream } from "./draft.ts";
import { formatDuration } from "./duration.ts";
import { refuse, warn } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { makeMistake } from "./mistake.ts";
import { boundedPolicies, hashPolicies } from "./policy.ts";

/** Checks an upstream without its endpoints and health checks. */
export function checkUpstream(draft: Draft, upstream: DraftUpstream, findings: Findings): void {
  const path = ["upstreams", upstream.name];
  checkPolicy(draft, upstream, findings);
  checkOrder(draft, findings, [...path, "outlier"], "ejection", "maxEjection");
  checkOrder(draft, findings, [...path, "resolve"], "minTtl", "maxTtl");
  checkRetry(draft, findings, [...path, "http"]);
  checkHedge(draft, findings, [...path, "http"]);
}

function checkRetry(draft: Draft, findings: Findings, path: ConfigPath): void {
  const retry = [...path, "retry"];
  // The default gives way.
  if (draft.isWritten([...retry, "maxBackoff"])) checkOrder(draft, findings, retry, "backoff", "maxBackoff");
  const perTry = draft.number([...retry, "perTryTimeout"]);
  const whole = draft.number([...path, "responseTimeout"]);
  if (perTry === undefined || whole === undefined || perTry <= whole) return;
  const what = `"perTryTimeout" is ${formatDuration(perTry)}, longer than "responseTimeout": ${formatDuration(whole)}`;
  refuse(findings, [...retry, "perTryTimeout"], makeMistake(what, `at most ${formatDuration(whole)}`));
}

/** One that is never due is a mistake. */
function checkHedge(draft: Draft, findings: Findings, path: ConfigPath): void {
  const delay = draft.number([...path, "hedge", "delay"]);
  const whole = draft.number([...path, "responseTimeout"]);
  if (delay === undefined || whole === undefined || delay < whole) return;
  const what = `"delay" is ${formatDuration(delay)}, not shorter than "responseTimeout": ${formatDuration(whole)}`;
  refuse(findings, [...path, "hedge", "delay"], makeMistake(what, `less than ${formatDuration(whole)}`));
}

function checkPolicy(draft: Draft, { name, policy }: DraftUpstream, findings: Findings): void {
  if (policy === undefined) return;
  const balanceFactor = ["upstreams", name, "balanceFactor"];
  if (draft.isWritten(balanceFactor) && !boundedPolicies.includes(policy)) {
    const what = `"balanceFactor" has no effect with the policy ${policy}`;
    warn(findings, balanceFactor, makeMistake(what, undefined, `it goes with ${boundedPolicies.join(" and ")}`), "key");
  }
  const slowStart = ["upstreams", name, "slowStart"];
  if ((draft.number(slowStart) ?? 0) > 0 && hashPolicies.includes(policy)) {
    const what = `"slowStart" does not go with the policy ${policy}, which keeps clients where they are`;
    refuse(findings, slowStart, makeMistake(what, "off", "remove the key, or choose another policy"));
  }
}
