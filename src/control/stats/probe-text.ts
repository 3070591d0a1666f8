/** What a probe does and how it failed, in plain words. */
import { quote } from "../../config/mistake.ts";
import type { Address } from "../../core/runtime/address.ts";
import type { HealthSettings, HttpHealthSettings } from "../../core/server/settings.ts";
import { spanText } from "./span-text.ts";

/** What the probes of an endpoint do: `TCP probes`, `probes (GET /health, port 8081)`. */
export function probesText({ http, port }: HealthSettings): string {
  const details = [
    ...(http === undefined ? [] : [`${http.method} ${http.path}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
  ];
  const kind = http === undefined ? "TCP probes" : "probes";
  return details.length === 0 ? kind : `${kind} (${details.join(", ")})`;
}

/** Why a probe failed: its result in plain words, with what was expected. */
export function probeFailureText(result: string, address: Address, { http, timeoutMs }: HealthSettings): string {
  switch (result) {
    case "refused":
      return "connection refused, nothing listens there";
    case "timeout":
      return `no answer within ${spanText(timeoutMs)}`;
    case "unreachable":
      return "no way there (host or network unreachable)";
    case "not-found":
      return address.kind === "unix" ? "its socket does not exist" : "its name does not resolve";
    case "denied":
      return "this process may not connect there";
    case "resources":
      return "this process ran out of descriptors, memory or local ports";
    case "reset":
      return "connection reset before the answer";
    case "closed early":
      return "connection closed before the answer was complete";
    case "not http":
      return "what answers does not speak valid HTTP";
    case "body does not match":
      return `the body has no ${quote(http?.body ?? "")}`;
    default:
      return http !== undefined && result.startsWith("status ") ? `${result}, not ${statusesText(http)}` : result;
  }
}

/** `200-399`, `200-299 or 404`. */
function statusesText({ statuses }: HttpHealthSettings): string {
  const texts = statuses.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
}
