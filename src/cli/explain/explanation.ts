import type { Config } from "../../config/config.ts";
import { AddressSet } from "../../core/bytes/address-set.ts";
import { ByteWriter } from "../../core/bytes/byte-writer.ts";
import { clientAddress, clientScheme } from "../../core/http/forward/client-address.ts";
import { ClientFacts } from "../../core/http/forward/client-facts.ts";
import { lastHopStatus, maxForwards } from "../../core/http/forward/max-forwards.ts";
import { outcomes } from "../../core/observe/outcome.ts";
import { CanonicalPath } from "../../core/route/canonical-path.ts";
import { RedirectLocation } from "../../core/route/redirect.ts";
import { TargetWriter } from "../../core/route/rewrite.ts";
import type { RouteVerdict } from "../../core/route/route-explanation.ts";
import { RouteMatch } from "../../core/route/route-match.ts";
import { RouteTable } from "../../core/route/route-table.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import type { RouteAction, RouteSettings } from "../../core/server/http-settings.ts";
import type { AutoListenerSettings, EndpointSettings, HttpListenerSettings } from "../../core/server/settings.ts";
import type { RequestHead } from "../../core/wire/request-head.ts";
import { RequestParser } from "../../core/wire/request-parser.ts";
import type { AskedRequest } from "./request-bytes.ts";
import { sentHead } from "./sent-head.ts";

/** A listener that knows routes. */
export type RoutedListener = HttpListenerSettings | AutoListenerSettings;

/** What becomes of a request. */
export interface Explanation {
  readonly request: {
    readonly method: string;
    readonly host: string;
    readonly target: string;
    /** What is matched and forwarded; absent when the request is refused. */
    readonly path?: string;
    /** Who is connected. */
    readonly peer: string;
    /** The peer, or who a trusted proxy says. */
    readonly client: string;
    readonly listener: string;
  };
  /** Absent unless the request is refused before a route is looked for. */
  readonly refused?: { readonly status: number; readonly reason: string };
  /** Absent when none matches. */
  readonly chosen?: ChosenRoute;
  /** All routes of the config: those of the listener in the order in which they are asked, then the others. */
  readonly routes: readonly RouteVerdict[];
}

/** The route that takes the request, and what it does. */
export interface ChosenRoute {
  readonly settings: RouteSettings;
  readonly effect: Effect;
}

/** What is done with the request. */
export type Effect =
  | {
      readonly kind: "forward";
      readonly host: string;
      readonly target: string;
      /** Why it is refused after all; empty when all is well. */
      readonly fault: string;
      /** The lines of the head that an endpoint gets; with several upstreams, one of the first. Ids that are made are zeros. */
      readonly sent: readonly string[];
      readonly upstreams: readonly UpstreamShare[];
    }
  | { readonly kind: "redirect"; readonly status: number; readonly location: string; readonly fault: string }
  | { readonly kind: "respond"; readonly status: number; readonly contentType: string; readonly body: string }
  /** Its `Max-Forwards` lets it go no further: the proxy answers in the place of an endpoint. */
  | { readonly kind: "last-hop"; readonly status: number };

/** What an upstream gets of the requests. */
export interface UpstreamShare {
  readonly name: string;
  readonly weight: number;
  /** 0 to 1. */
  readonly share: number;
  readonly policy: string;
  readonly endpoints: readonly EndpointShare[];
}

/** What an endpoint gets of all requests of the route while all that should serve do, as far as weights say. */
export interface EndpointShare {
  readonly address: string;
  readonly weight: number;
  /** 0 to 1. */
  readonly share: number;
  /** Why it gets none; empty when it does. */
  readonly reason: string;
}

/** Who asks, and when. */
export interface Asker {
  /** An IP address. */
  readonly peer: string;
  readonly wallTimeMs: number;
}

/** Says what becomes of a request on a listener. */
export function explain(config: Config, listener: RoutedListener, asked: AskedRequest, asker: Asker): Explanation {
  const parser = new RequestParser(listener.http);
  const { bytes, method, target } = asked;
  const position = parser.read(bytes, 0, bytes.length, undefined);
  const { peer } = asker;
  const request = { method, target, peer, client: peer, listener: listener.name };
  if (position < 0) {
    const { status } = outcomes[parser.fault];
    const reason = parser.reason === "" ? "the request is not complete" : parser.reason;
    return { request: { ...request, host: "" }, refused: { status, reason }, routes: [] };
  }
  const { head } = parser;
  const trusted = new AddressSet(listener.http.trustedProxies);
  const local = listener.address.kind === "inherited" ? { kind: "unix" as const, path: "" } : listener.address;
  const facts = new ClientFacts({ kind: "tcp", host: peer, port: 0 }, local, trusted.has(peer));
  const client = clientAddress(head, facts, trusted);
  const named = { ...request, client, host: head.authority };
  const path = new CanonicalPath();
  const reason = path.set(head, listener.http);
  if (reason !== "") return { request: named, refused: { status: 400, reason }, routes: [] };
  const own = config.routes.filter(({ listeners }) => listeners === undefined || listeners.includes(listener.name));
  const others = config.routes.filter((route) => !own.includes(route));
  const place = (route: RouteSettings): number => config.routes.indexOf(route);
  const table = new RouteTable(own, (route) => route);
  const verdicts = table.explain(head, path, () => client);
  const match = new RouteMatch();
  const found = table.find(head, path, () => client, match);
  return {
    request: { ...named, path: path.text },
    ...(found === undefined
      ? {}
      : {
          chosen: {
            settings: found,
            effect: effectOf(found, { config, listener, head, path, match, facts, client, asker, asked }),
          },
        }),
    routes: [
      ...verdicts.map((verdict) => ({ ...verdict, index: place(own[verdict.index] as RouteSettings) })),
      ...others.map((route) => ({
        index: place(route),
        name: route.name,
        matches: false,
        chosen: false,
        reason: `is not for listener ${listener.name}`,
      })),
    ],
  };
}

interface Matched {
  readonly config: Config;
  readonly listener: RoutedListener;
  readonly head: RequestHead;
  readonly path: CanonicalPath;
  readonly match: RouteMatch;
  readonly facts: ClientFacts;
  readonly client: string;
  readonly asker: Asker;
  readonly asked: AskedRequest;
}

function effectOf(route: RouteSettings, matched: Matched): Effect {
  const { action } = route;
  const { path: pattern } = route.match;
  const { config, listener, head, path, match, facts: client, client: clientIp, asker, asked } = matched;
  const out = new ByteWriter(256);
  const written = (): string => new TextDecoder("latin1").decode(out.written);
  switch (action.kind) {
    case "forward": {
      if (maxForwards(head) === 0) return { kind: "last-hop", status: lastHopStatus(head) };
      const fault = new TargetWriter(action.rewrite, pattern).write(out, head, path, match);
      const host = action.rewrite?.host ?? head.authority;
      const request = { listener, route, head, client, clientIp, path: path.text, target: out };
      const upstream = action.upstreams.find(({ weight }) => weight > 0)?.name ?? "";
      const sent = fault === "" ? sentHead({ ...request, upstream, wallTimeMs: asker.wallTimeMs }) : [];
      return { kind: "forward", host, target: written(), fault, sent, upstreams: sharesOf(config, action.upstreams) };
    }
    case "redirect": {
      const scheme = asked.scheme === "https" ? "https" : clientScheme(head, client);
      const fault = new RedirectLocation(action, pattern).write(out, head, path, match, scheme);
      return { kind: "redirect", status: action.status, location: written(), fault };
    }
    case "respond":
      return action;
  }
}

type Forward = Extract<RouteAction, { readonly kind: "forward" }>;

function sharesOf(config: Config, upstreams: Forward["upstreams"]): readonly UpstreamShare[] {
  const sum = upstreams.reduce((total, { weight }) => total + weight, 0);
  return upstreams.map(({ name, weight }) => {
    const share = weight / sum;
    const settings = config.upstreams.find((one) => one.name === name);
    const endpoints = endpointShares(settings?.endpoints ?? [], share);
    return { name, weight, share, policy: settings?.policy ?? "", endpoints };
  });
}

function endpointShares(endpoints: readonly EndpointSettings[], whole: number): readonly EndpointShare[] {
  const ready = endpoints.filter(({ adminState }) => adminState === "ready");
  const tier = Math.min(...ready.map(({ priority }) => priority));
  const serving = ready.filter(({ priority }) => priority === tier);
  const sum = serving.reduce((total, { weight }) => total + weight, 0);
  return endpoints.map((endpoint) => {
    const { address, weight, adminState } = endpoint;
    const serves = serving.includes(endpoint);
    const reason = serves ? "" : adminState === "ready" ? "backup" : adminState;
    return { address: formatAddress(address), weight, share: serves ? (whole * weight) / sum : 0, reason };
  });
}
