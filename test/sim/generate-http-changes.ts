/** What the proxy changes of messages on their way, and what there is to change: trailers, rules, rewrites, trusted proxies. */
import type {
  HeaderRules,
  HeaderValue,
  HttpSettings,
  RewriteSettings,
  RouteSettings,
} from "../../src/core/server/http-settings.ts";
import { Dice } from "./dice.ts";
import { maybe } from "./generate-settings.ts";
import type { AnswerPlan, ExtraFields, Field, HttpClientPlan, RequestPlan } from "./http-plan.ts";
import { claimedClients } from "./model-client.ts";
import type { Scenario } from "./scenario.ts";

/** Nothing else of a seed is drawn from this: what a seed was before stays, and has more to do. */
const stream = 7;

/** Lets some scenarios have something to change. */
export function withChanges(scenario: Scenario): Scenario {
  const dice = new Dice(scenario.seed, stream);
  const { http, settings } = scenario;
  if (http === undefined || !dice.chance(0.5)) return scenario;
  const listeners = settings.listeners.map((listener) =>
    listener.protocol === "tcp" ? listener : { ...listener, http: changeHttp(dice, listener.http) },
  );
  const routes = settings.routes.map((route) => changeRoute(dice, route));
  const clients = http.clients.map((client) => changeClient(dice, client));
  return { ...scenario, settings: { ...settings, listeners, routes }, http: { clients } };
}

function changeHttp(dice: Dice, http: HttpSettings): HttpSettings {
  const { forwarding } = http;
  return {
    ...http,
    // A config allows none that have a meaning. Should one be allowed, it is dropped all the same.
    trailers: dice.pick([[], ["x-sum"], ["x-other", "x-sum"], ["x-sum", "content-length", "x-forwarded-for"]]),
    trustedProxies: dice.pick([
      [],
      ["198.51.100.0/24"],
      ["198.51.100.1", "2001:db8::/32"],
      ["198.51.100.1", "198.51.100.2", "10.9.0.0/16"],
    ]),
    forwarding: {
      ...forwarding,
      xForwarded: forwarding.xForwarded || dice.chance(0.5),
      xRealIp: forwarding.xRealIp || dice.chance(0.3),
    },
  };
}

function changeRoute(dice: Dice, route: RouteSettings): RouteSettings {
  const changed = {
    ...route,
    ...maybe(dice, 0.6, () => ({ requestHeaders: makeRules(dice, requestRules) })),
    ...maybe(dice, 0.6, () => ({ responseHeaders: makeRules(dice, responseRules) })),
  };
  const { action, match } = route;
  const prefix = match.path?.value ?? "";
  if (action.kind !== "forward" || !dice.chance(0.6)) return changed;
  const { path, ...rewrite } = makeRewrite(dice);
  if (path === undefined) return { ...changed, action: { ...action, rewrite } };
  const kind = dice.pick(["prefix", "full", "template", "regex"] as const);
  if (kind === "template" || kind === "regex") {
    const value = kind === "template" ? `${prefix}/:id` : `${prefix}/([0-9]+)`;
    const full = { kind: "full", value: kind === "template" ? "/items/:id/last" : "/items/$1" } as const;
    const matched = { ...match, path: { kind, value } } as const;
    return { ...changed, match: matched, action: { ...action, rewrite: { ...rewrite, path: full } } };
  }
  const value = dice.pick(kind === "full" ? ["/fixed"] : ["/", "/new", "/new/", "/a/b"]);
  return { ...changed, action: { ...action, rewrite: { ...rewrite, path: { kind, value } } } };
}

/** The path is only said to be rewritten: how depends on what is matched. */
function makeRewrite(dice: Dice): RewriteSettings {
  return {
    ...maybe(dice, 0.7, () => ({ path: { kind: "full" as const, value: "/" } })),
    ...maybe(dice, 0.4, () => ({ host: dice.pick(["origin.test", "origin.test:8080"]) })),
    ...maybe(dice, 0.4, () => ({ query: dice.pick(["", "from=proxy"]) })),
  };
}

/** What rules may do to a head. */
interface Rules {
  readonly remove: readonly [string, ...string[]];
  readonly set: readonly [HeaderValue, ...HeaderValue[]];
  readonly add: readonly [HeaderValue, ...HeaderValue[]];
}

const common: readonly HeaderValue[] = [
  { name: "x-who", value: "{client.ip}:{client.port} {listener}" },
  { name: "x-where", value: "{route}>{upstream}" },
  { name: "x-asked", value: "{request.method} {request.host}{request.path}?{request.query}" },
  { name: "x-which", value: "{request.id}/{trace.id}" },
  { name: "x-when", value: "at {time}" },
  { name: "x-braces", value: "{{client.ip}}" },
];

const requestRules: Rules = {
  remove: ["x-drop", "x-hop", "via"],
  set: [
    { name: "x-copy", value: "<{header:x-keep}>" },
    { name: "x-keep", value: "set" },
    { name: "x-forwarded-for", value: "{client.ip}" },
    { name: "x-real-ip", value: "{client.ip}" },
    ...common,
  ],
  add: [{ name: "x-keep", value: "added" }, { name: "x-drop", value: "ours" }, ...common],
};

const responseRules: Rules = {
  remove: ["x-drop", "date", "cache-control"],
  set: [
    { name: "x-copy", value: "<{header:x-keep}>" },
    { name: "x-keep", value: "set" },
    { name: "cache-control", value: "private" },
    ...common,
  ],
  add: [{ name: "set-cookie", value: "from={client.ip}" }, { name: "x-keep", value: "added" }, ...common],
};

/** A name is set once at most: of two, who reads the settings would not know which one holds. */
function makeRules(dice: Dice, { remove, set, add }: Rules): HeaderRules {
  const some = <T>(list: readonly [T, ...T[]]): T[] =>
    Array.from({ length: dice.pick([0, 1, 1, 2]) }, () => dice.pick(list));
  const once = new Map(some(set).map((rule) => [rule.name, rule]));
  return { remove: some(remove), set: [...once.values()], add: some(add) };
}

function changeClient(dice: Dice, client: HttpClientPlan): HttpClientPlan {
  // A proxy says of each client who it is.
  const isProxy = dice.chance(0.4);
  return { ...client, requests: client.requests.map((request) => changeRequest(dice, request, isProxy)) };
}

function changeRequest(dice: Dice, request: RequestPlan, isProxy: boolean): RequestPlan {
  const answers = request.answers.map((answer): AnswerPlan => {
    const { flaw, fault, framing, later, status } = answer;
    const isClean = flaw === "none" && fault === "none" && later === "keep" && status !== 101;
    if (isClean && framing !== "close" && dice.chance(0.05))
      return { ...answer, behind: dice.pick(["garbage", "answer"]) };
    if (!dice.chance(0.6)) return answer;
    const extra = makeExtra(dice, answerFields, dice.chance(0.5));
    return { ...answer, extra, ...inPieces(dice, extra, answer.bytes) };
  });
  // What is wrong with a head is not to be anything else.
  if (request.flaw !== "none" && request.flaw !== "bad-chunk") return { ...request, answers };
  const extra = makeExtra(dice, requestFields, dice.chance(0.5));
  const fields = isProxy ? [...extra.fields, ...makeClaims(dice)] : extra.fields;
  return {
    ...request,
    answers,
    ...maybe(dice, 0.4, () => ({ query: dice.pick(["", "a=1", "a=1&b=%20?/"]) })),
    ...(dice.chance(0.8) ? { extra: { ...extra, fields }, ...inPieces(dice, extra, request.body.bytes) } : {}),
  };
}

/** Some short messages come so that their trailers are in several pieces. */
function inPieces(dice: Dice, { trailers }: ExtraFields, bytes: number): { pieceBytes?: number; gapMs?: number } {
  return trailers.length > 0 && bytes < 500 && dice.chance(0.5) ? { pieceBytes: dice.int(20, 120), gapMs: 1 } : {};
}

function makeExtra(
  dice: Dice,
  fields: readonly [readonly Field[], ...(readonly Field[])[]],
  withTrailers: boolean,
): ExtraFields {
  const pick = <T>(list: readonly [T, ...T[]], count: number): T[] =>
    Array.from({ length: count }, () => dice.pick(list));
  return {
    fields: pick(fields, dice.int(0, 3)).flat(),
    trailers: withTrailers ? pick(trailerFields, dice.int(1, 3)) : [],
  };
}

/** What a proxy in front of ours says, or somebody who pretends to be one. */
function makeClaims(dice: Dice): readonly Field[] {
  const claimed = Object.keys(claimedClients) as [string, ...string[]];
  const chain = (): string =>
    Array.from({ length: dice.int(1, 3) }, () => dice.pick(claimed)).join(dice.pick([", ", ","]));
  const fields: Field[] = Array.from({ length: dice.pick([0, 1, 1, 2]) }, () => ["X-Forwarded-For", chain()]);
  if (dice.chance(0.5)) fields.push(["X-Forwarded-Proto", dice.pick(["http", "https"])]);
  if (dice.chance(0.3)) fields.push(["x-forwarded-host", "asked.test"]);
  if (dice.chance(0.3)) fields.push(["X-Forwarded-Port", "443"]);
  if (dice.chance(0.3)) fields.push(["X-REAL-IP", "203.0.113.66"]);
  if (dice.chance(0.3)) fields.push(["Forwarded", "for=203.0.113.66"]);
  if (dice.chance(0.3)) fields.push(["X-Forwarded-User", "root"]);
  return fields;
}

const requestFields: readonly [readonly Field[], ...(readonly Field[])[]] = [
  [["X-Keep", "theirs, with spaces"]],
  [["x-drop", "secret"]],
  [["X-Who", "127.0.0.1:1"]],
  [["Via", "1.1 before"]],
  [["Trailer", "x-sum"]],
  [["TE", "trailers"]],
  [["Accept", "*/*"]],
  [
    ["Connection", "TE"],
    ["TE", "deflate, trailers"],
  ],
  [
    ["X-Hop", "1"],
    ["Connection", "x-hop"],
  ],
];

const answerFields: readonly [readonly Field[], ...(readonly Field[])[]] = [
  [["X-Keep", "theirs"]],
  [["X-Drop", "secret"]],
  [["x-who", "an endpoint"]],
  [["Set-Cookie", "a=1; Path=/"]],
  [["Set-Cookie", "b=2"]],
  [["Date", "Sat, 21 Nov 2026 22:24:05 GMT"]],
  [["Cache-Control", "max-age=5"]],
  [["Trailer", "x-sum"]],
  [
    ["X-Hop", "1"],
    ["Connection", "x-hop"],
  ],
];

/** Some of these frame, route or control a message: no list lets them through. */
const trailerFields: readonly [Field, ...Field[]] = [
  ["X-Sum", "0011aabb"],
  ["x-sum", "another one"],
  ["X-Other", "other"],
  ["X-Id", "9999"],
  ["Host", "evil.test"],
  ["Content-Length", "5"],
  ["X-Forwarded-For", "127.0.0.1"],
];
