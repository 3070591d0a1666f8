/** The heads that endpoints and clients must see, field by field: a small model that shares nothing with the core. */
import type { HeaderRules, HttpSettings, RouteSettings } from "../../src/core/server/http-settings.ts";
import { requestFields, requestHost, targetOf } from "./http-bytes.ts";
import type { ExtraFields, Field, RequestPlan } from "./http-plan.ts";
import { clientOf, isTrusted, valuesOf } from "./model-client.ts";
import { madeId, type Meanings, valueOf, type Wanted } from "./model-values.ts";

/** A request, and how it came. */
export interface Asked {
  readonly plan: RequestPlan;
  readonly listener: string;
  readonly http: HttpSettings;
  /** The port of the listener. */
  readonly port: number;
  /** Absent: there is none for it. */
  readonly route: RouteSettings | undefined;
  /** The address that it comes from. */
  readonly peer: { readonly host: string; readonly port: number };
}

/** What the proxy has drawn by chance, as far as it was seen. */
export interface Drawn {
  readonly requestId?: string | undefined;
  readonly traceId?: string | undefined;
}

type Fields = ReadonlyMap<string, readonly Wanted[]>;
type Written = readonly [name: string, value: Wanted];

/** Who asks, whom a trusted proxy may have named. */
export function clientIpOf({ http, peer, plan }: Asked): string {
  return clientOf(http, peer.host, requestFields(plan));
}

/** The fields of a request as its endpoint gets it. */
export function requestAtEndpoint(asked: Asked, drawn: Drawn): Fields {
  const { plan, http, route, peer } = asked;
  const { forwarding } = http;
  const sent = requestFields(plan);
  const rules = route?.requestHeaders ?? noRules;
  const trusted = isTrusted(http, peer.host);
  const dropped = new Set([...hopByHop(sent, http), "host", "expect", ...ruled(rules)]);
  if (forwarding.requestId !== "off") dropped.add("x-request-id");
  if (forwarding.trace !== "off") dropped.add("traceparent");
  if (trusted && forwarding.xForwarded) dropped.add("x-forwarded-for");
  if (trusted && forwarding.xRealIp) dropped.add("x-real-ip");
  const isClaim = (name: string): boolean =>
    name.startsWith("x-forwarded-") || name === "x-real-ip" || name === "forwarded";
  const kept = sent.filter(([name]) => {
    const lower = name.toLowerCase();
    return !dropped.has(lower) && (trusted || !isClaim(lower));
  });
  return byName([
    ...kept,
    ...framing(asked),
    ...own(asked, drawn, trusted).filter(([name]) => !ruled(rules).has(name)),
    ...written(rules, meaningsOf(asked, drawn), sent),
  ]);
}

/** The fields of an endpoint's answer as its client gets it. `sent` are those of the endpoint. */
export function answerAtClient(asked: Asked, status: number, sent: readonly Field[], drawn: Drawn): Fields {
  const { http, route } = asked;
  const isFinal = status >= 200 || status === 101;
  const rules = isFinal ? (route?.responseHeaders ?? noRules) : noRules;
  const dropped = new Set([...hopByHop(sent, http), ...ruled(rules)]);
  const kept = sent.filter(([name]) => !dropped.has(name.toLowerCase()));
  const dated = !isFinal || valuesOf(sent, "date").length > 0 || ruled(rules).has("date");
  const date: readonly Written[] = dated ? [] : [["date", anyDate]];
  return byName([...kept, ...date, ...written(rules, meaningsOf(asked, drawn), sent)]);
}

/** The fields of the proxy's own answer. `ruled`: the route was known when it was made. */
export function ownAnswerAtClient(asked: Asked, status: number, isRuled: boolean, drawn: Drawn): Fields {
  const rules = isRuled ? (asked.route?.responseHeaders ?? noRules) : noRules;
  const fields: Written[] = [
    ["date", anyDate],
    ["cache-control", "no-store"],
    ["content-type", /^text\/plain(?:; charset=utf-8)?$/],
  ];
  const { action } = asked.route ?? {};
  if (action?.kind === "respond" && status === action.status && action.body === "") fields.pop();
  if (asked.http.forwarding.requestId !== "off") fields.push(["x-request-id", drawn.requestId ?? madeId]);
  const kept = fields.filter(([name]) => !ruled(rules).has(name));
  if (action?.kind === "redirect" && status === action.status) {
    const { query } = asked.plan;
    kept.push(["location", `${schemeOf(asked)}://${requestHost}/elsewhere${query === undefined ? "" : `?${query}`}`]);
  }
  // It may have come to an end before an upstream was chosen.
  const meanings = { ...meaningsOf(asked, drawn), upstream: /^[a-z0-9]*$/ };
  return byName([...kept, ...written(rules, meanings, [])]);
}

/** The trailers that are passed on, as lines. */
export function trailersOf({ trailers: allowed }: HttpSettings, extra: ExtraFields | undefined): readonly string[] {
  return (extra?.trailers ?? []).flatMap(([name, value]) => {
    const lower = name.toLowerCase();
    return allowed.includes(lower) && !neverTrailers.has(lower) ? [`${lower}: ${value}`] : [];
  });
}

/** Of those that messages of scenarios have: they frame, route or say who the client is (RFC 9110 section 6.5.1). */
const neverTrailers: ReadonlySet<string> = new Set(["host", "content-length", "x-forwarded-for"]);

const noRules: HeaderRules = { remove: [], set: [], add: [] };
const anyDate = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;

/** RFC 9110 section 7.6.1, and what the message says itself. */
function hopByHop(sent: readonly Field[], { trailers }: HttpSettings): readonly string[] {
  const named = valuesOf(sent, "connection").flatMap((value) => value.toLowerCase().split(/ *, */));
  const always = ["connection", "content-length", "transfer-encoding", "keep-alive", "te", "upgrade"];
  return [...always, ...named, ...(trailers.length > 0 ? [] : ["trailer"])];
}

function ruled({ remove, set }: HeaderRules): ReadonlySet<string> {
  return new Set([...remove, ...set.map(({ name }) => name)]);
}

function written({ set, add }: HeaderRules, meanings: Meanings, head: readonly Field[]): readonly Written[] {
  const field = (name: string): string => valuesOf(head, name)[0] ?? "";
  return [...set, ...add].map(({ name, value }) => [name, valueOf(value, meanings, field)]);
}

/** What says how the request ends, and what becomes of its connection. */
function framing({ plan, http, route }: Asked): readonly Written[] {
  const { body, upgrade, expects } = plan;
  const fields: Written[] = [["host", hostOf(route)]];
  const switches = upgrade && route?.upgrades.includes("websocket") === true;
  const trailers = valuesOf(requestFields(plan), "te").some((value) => /(?:^|, *)trailers *(?:,|$)/.test(value));
  if (switches) fields.push(["connection", "upgrade"], ["upgrade", "websocket"]);
  else if (trailers && http.trailers.length > 0) fields.push(["connection", "TE"], ["te", "trailers"]);
  if (!upgrade && body.kind === "length") fields.push(["content-length", String(body.bytes)]);
  if (!upgrade && body.kind === "chunked") fields.push(["transfer-encoding", "chunked"]);
  if (expects) fields.push(["expect", "100-continue"]);
  return fields;
}

function hostOf(route: RouteSettings | undefined): string {
  return (route?.action.kind === "forward" ? route.action.rewrite?.host : undefined) ?? requestHost;
}

/** What the proxy says of the client. */
function own(asked: Asked, drawn: Drawn, trusted: boolean): readonly Written[] {
  const { plan, http, port, peer } = asked;
  const { xForwarded, forwarded, xRealIp, via, requestId, trace } = http.forwarding;
  const sent = requestFields(plan);
  const fields: Written[] = [];
  const unlessSaid = (name: string, value: string): void => {
    if (!trusted || valuesOf(sent, name).length === 0) fields.push([name, value]);
  };
  if (xForwarded) {
    const before = trusted ? valuesOf(sent, "x-forwarded-for").filter((value) => value !== "") : [];
    fields.push(["x-forwarded-for", [...before, peer.host].join(", ")]);
    unlessSaid("x-forwarded-proto", "http");
    unlessSaid("x-forwarded-host", requestHost);
    unlessSaid("x-forwarded-port", String(port));
  }
  if (xRealIp) fields.push(["x-real-ip", clientIpOf(asked)]);
  const node = peer.host.includes(":") ? `"[${peer.host}]"` : peer.host;
  if (forwarded) fields.push(["forwarded", `for=${node};host="${requestHost}";proto=http`]);
  if (via !== "") fields.push(["via", `1.${plan.minorVersion} ${via}`]);
  if (requestId !== "off") fields.push(["x-request-id", drawn.requestId ?? madeId]);
  if (trace === "start") fields.push(["traceparent", new RegExp(`^00-${drawn.traceId ?? "-"}-[0-9a-f]{16}-03$`)]);
  return fields;
}

function schemeOf(asked: Asked): string {
  if (!isTrusted(asked.http, asked.peer.host)) return "http";
  return valuesOf(requestFields(asked.plan), "x-forwarded-proto")[0] === "https" ? "https" : "http";
}

function meaningsOf(asked: Asked, drawn: Drawn): Meanings {
  const { plan, route, http, listener, peer } = asked;
  const { requestId, trace } = http.forwarding;
  const names = route?.action.kind === "forward" ? route.action.upstreams.map(({ name }) => name) : [];
  return {
    "client.ip": clientIpOf(asked),
    "client.port": String(peer.port),
    listener,
    route: route?.name ?? "",
    upstream: names.length === 0 ? "" : new RegExp(`^(?:${names.join("|")})$`),
    "request.id": requestId === "off" ? "" : (drawn.requestId ?? madeId),
    "request.method": plan.method,
    "request.host": requestHost,
    "request.path": targetOf(plan).split("?", 1)[0] ?? "",
    "request.query": plan.query ?? "",
    "trace.id": trace === "start" ? (drawn.traceId ?? /^[0-9a-f]{32}$/) : "",
    time: /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/,
  };
}

function byName(fields: readonly Written[]): Fields {
  const map = new Map<string, Wanted[]>();
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    map.set(lower, [...(map.get(lower) ?? []), value]);
  }
  return map;
}
