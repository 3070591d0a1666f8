import { formatDuration } from "../../config/duration.ts";
import { quote } from "../../config/mistake.ts";
import { formatSize } from "../../config/size.ts";
import type { RouteVerdict } from "../../core/route/route-explanation.ts";
import type { HeaderRules, RouteSettings } from "../../core/server/http-settings.ts";
import { padColumns } from "../admin/columns.ts";
import { wrapped } from "../help.ts";
import type { Terminal } from "../terminal.ts";
import type { ChosenRoute, Effect, Explanation, UpstreamShare } from "./explanation.ts";

/** Longer lines are wrapped, where they have spaces. */
const maxColumns = 80;

/** An explanation for people. */
export function explanationText(explanation: Explanation, terminal: Terminal): string {
  const { request, refused, chosen, routes } = explanation;
  const heading = (text: string): string => terminal.style("bold", text);
  const { path } = request;
  const asked = rows([
    ["request", `${request.method} ${printable(request.target)}`],
    ["host", printable(request.host)],
    ...(path === undefined || path === request.target.replace(/\?.*$/s, "") ? [] : [["matched as", path] as const]),
    ["client", request.client === request.peer ? request.peer : `${request.client}, as ${request.peer} says`],
    ["listener", request.listener],
  ]);
  if (refused !== undefined) {
    const verdict = terminal.style("red", `Refused with ${refused.status}: ${printable(refused.reason)}`);
    return lines([...asked, "", verdict, "  No route is asked."]);
  }
  const rest = routes.filter((route) => !route.chosen);
  const others = rest.length === 0 ? [] : ["", heading(otherHeading(chosen)), ...verdictRows(rest)];
  if (chosen === undefined) return lines([...asked, "", terminal.style("red", "404: no route matches"), ...others]);
  const { effect } = chosen;
  const forwarded = effect.kind === "forward" && effect.fault === "";
  const sent = forwarded ? ["", heading("What an endpoint gets"), ...sentRows(effect.sent)] : [];
  const shares = forwarded ? ["", heading("Upstreams"), ...shareRows(effect.upstreams)] : [];
  const title = terminal.style("green", `Route ${chosen.settings.name} matches`);
  return lines([...asked, "", title, ...rows(effectRows(chosen)), ...sent, ...shares, ...others]);
}

function otherHeading(chosen: ChosenRoute | undefined): string {
  return chosen === undefined ? "Routes" : "Other routes";
}

type Row = readonly [word: string, text: string];

function effectRows({ settings, effect }: ChosenRoute): readonly Row[] {
  switch (effect.kind) {
    case "forward":
      return [
        ["forward as", printable(effect.target)],
        ["host", printable(effect.host)],
        ...faultRows(effect),
        ...ruleRows("request", settings.requestHeaders),
        ...ruleRows("answer", settings.responseHeaders),
        ...limitRows(settings),
      ];
    case "redirect":
      return [
        ["redirect", `${effect.status} ${printable(effect.location)}`],
        ...faultRows(effect),
        ...ruleRows("answer", settings.responseHeaders),
      ];
    case "respond":
      return [
        ["respond", `${effect.status} ${effect.contentType}`],
        ...(effect.body === "" ? [] : [["body", quote(effect.body)] as const]),
        ...ruleRows("answer", settings.responseHeaders),
      ];
    case "last-hop":
      return [["respond", `${effect.status}, as Max-Forwards is 0`], ...ruleRows("answer", settings.responseHeaders)];
  }
}

function faultRows({ fault }: Extract<Effect, { readonly fault: string }>): readonly Row[] {
  return fault === "" ? [] : [["refused", `400: ${fault}`]];
}

function ruleRows(word: string, { remove, set, add }: HeaderRules): readonly Row[] {
  return [
    ...remove.map((name): Row => [word, `remove ${name}`]),
    ...set.map(({ name, value }): Row => [word, `set ${name}: ${value}`]),
    ...add.map(({ name, value }): Row => [word, `add ${name}: ${value}`]),
  ];
}

function limitRows({ maxBodyBytes, responseTimeoutMs, upgrades, tunnelTimeoutMs }: RouteSettings): readonly Row[] {
  const size = maxBodyBytes === Number.MAX_SAFE_INTEGER ? "off" : formatSize(maxBodyBytes ?? 0);
  return [
    ...(maxBodyBytes === undefined ? [] : [["max body", size] as const]),
    ...(responseTimeoutMs === undefined ? [] : [["timeout", formatDuration(responseTimeoutMs)] as const]),
    [
      "upgrades",
      upgrades.length === 0 ? "none" : `${upgrades.join(", ")}; ends when idle for ${formatDuration(tunnelTimeoutMs)}`,
    ],
  ];
}

/** A head is shown as it is sent: long lines go on below, further in. */
function sentRows(head: readonly string[]): readonly string[] {
  return head.flatMap((line) =>
    wrapped(printable(line), maxColumns - 6).map((part, index) => `${index === 0 ? "  " : "      "}${part}`),
  );
}

function shareRows(upstreams: readonly UpstreamShare[]): readonly string[] {
  const table = upstreams.flatMap(({ name, policy, share, endpoints }) => [
    [`  ${name}`, percent(share), policy],
    ...endpoints.map((one) => [`    ${one.address}`, percent(one.share), one.reason]),
  ]);
  return padColumns(table).map((cells) => cells.join("").trimEnd());
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(7);
}

function verdictRows(verdicts: readonly RouteVerdict[]): readonly string[] {
  return rows(verdicts.map(({ name, reason }): Row => [name, printable(reason)]));
}

/** Words with what they are about beside them. */
function rows(pairs: readonly Row[]): readonly string[] {
  const width = Math.max(...pairs.map(([word]) => word.length));
  return pairs.flatMap(([word, text]) =>
    wrapped(text, maxColumns - width - 4).map((line, index) => `  ${(index === 0 ? word : "").padEnd(width)}  ${line}`),
  );
}

/** What a shell passed on must not move the cursor. */
function printable(text: string): string {
  return /^[\u0020-\u007e]*$/.test(text) ? text : quote(text);
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
