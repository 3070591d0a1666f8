/** The shape of one of `routes`. */
import * as v from "valibot";
import type { RedirectAction } from "../core/server/http-settings.ts";
import { anyBodySize, anyDuration } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import { headerRules } from "./header-rules-schema.ts";
import type { HeaderRulesEntry } from "./header-rules-schema.ts";
import { hostAlonePattern, hostPattern, parseHostAlone, parseHostHeader } from "./http-text.ts";
import { bodyText, contentType } from "./http-schema.ts";
import { choice, integer, leaf, offSwitch, text, wrongKind } from "./leaf.ts";
import { mistaken, parsed } from "./mistake.ts";
import { namePattern, parseName } from "./name.ts";
import { parseQueryText, parseRoutePath, routePathPattern } from "./path-pattern.ts";
import { duration, size } from "./quantity.ts";
import { routeMatchSchema } from "./route-match-schema.ts";
import type { RouteMatchEntry } from "./route-match-schema.ts";
import { parseProtocol, tokenPattern } from "./token.ts";

/** One of `routes`. */
export interface RouteEntry {
  readonly name: string;
  readonly listeners?: readonly string[] | undefined;
  readonly match: RouteMatchEntry;
  readonly upstream?: string | undefined;
  readonly upstreams?: readonly RouteUpstreamEntry[] | undefined;
  readonly redirect?: RedirectEntry | undefined;
  readonly respond?: RespondEntry | undefined;
  readonly rewrite?: RewriteEntry | undefined;
  readonly requestHeaders: HeaderRulesEntry;
  readonly responseHeaders: HeaderRulesEntry;
  /** 0 is off; absent: as the listener says. */
  readonly maxBody?: number | undefined;
  readonly responseTimeout?: number | undefined;
  readonly upgrades: false | readonly string[];
  readonly tunnelTimeout: number;
}

/** One of `upstreams` of a route. */
export interface RouteUpstreamEntry {
  readonly name: string;
  readonly weight: number;
}

/** What takes the place of parts of a target. */
interface TargetEntry {
  readonly host?: string | undefined;
  readonly path?: string | undefined;
  readonly prefix?: string | undefined;
  readonly query?: string | undefined;
}

/** `rewrite`. */
export type RewriteEntry = TargetEntry;

/** `redirect`. */
export interface RedirectEntry extends TargetEntry {
  readonly status: RedirectAction["status"];
  readonly scheme?: "http" | "https" | undefined;
  readonly port?: number | undefined;
}

/** `respond`. */
export interface RespondEntry {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** The keys that say what is done with a request: one of them. */
export const actionKeys = ["upstream", "upstreams", "redirect", "respond"] as const;

/** Weights are shares in a million at the finest. */
const maxWeight = 1_000_000;
const maxRouteUpstreams = 32;
const maxProtocols = 16;

function path(description: string) {
  return v.optional(
    text({ description, pattern: routePathPattern }, "a path from the root such as /api", parseRoutePath),
  );
}

function query(description: string) {
  return v.optional(text({ description }, "a query such as a=1&b=2", parseQueryText));
}

function upstreamName(description: string) {
  return text({ description }, "the name of an upstream", parsed);
}

const routeUpstream = v.pipe(
  v.strictObject({
    name: upstreamName("The name of the upstream."),
    weight: v.optional(
      integer("Its share of the requests relative to the others; 0 gets none.", { min: 0, max: maxWeight }),
      defaults.routeUpstream.weight,
    ),
  }),
  v.title("an upstream of a route"),
  v.description("One of several upstreams that share the requests."),
);

const rewrite = v.pipe(
  v.strictObject({
    host: v.optional(
      text(
        { description: "In the place of the host that was asked for.", pattern: hostPattern },
        "a host such as app.example or app.example:8080",
        parseHostHeader,
      ),
    ),
    path: path("In the place of the path. It may hold `:name` of `pathTemplate`, or `$1` of `pathRegex`."),
    prefix: path("In the place of `pathPrefix`; what is behind it stays."),
    query: query("In the place of the query; empty removes it."),
  }),
  v.title("rewrite"),
  v.description("What is changed of a request's target before it is forwarded. What is absent stays."),
);

const redirectStatus = leaf<RedirectAction["status"]>(
  {
    description: "301 and 308 are for ever, 302, 303 and 307 for now; 307 and 308 keep the method.",
    type: "integer",
    enum: [301, 302, 303, 307, 308],
  },
  (input) => {
    const expected = "301, 302, 303, 307 or 308";
    if (typeof input !== "number") return wrongKind(input, expected);
    const statuses = [301, 302, 303, 307, 308] as const;
    const status = statuses.find((one) => one === input);
    return status === undefined ? mistaken(`Value is ${input}`, expected) : parsed(status);
  },
);

const redirect = v.pipe(
  v.strictObject({
    status: v.optional(redirectStatus, defaults.redirect.status),
    scheme: v.optional(choice("The scheme. Absent: as it was asked for.", ["http", "https"])),
    host: v.optional(
      text(
        { description: "The host. Absent: as it was asked for.", pattern: hostAlonePattern },
        "a host such as app.example",
        parseHostAlone,
      ),
    ),
    port: v.optional(
      integer("The port. Absent: as it was asked for, or the usual one of `scheme`.", { min: 1, max: 65_535 }),
    ),
    path: path("The path. It may hold `:name` of `pathTemplate`, or `$1` of `pathRegex`. Absent: as it was asked for."),
    prefix: path("In the place of `pathPrefix`; what is behind it stays."),
    query: query("The query; empty is none. Absent: as it was asked for."),
  }),
  v.title("redirect"),
  v.description("Where clients are sent instead. What is absent stays as it was asked for."),
);

const respond = v.pipe(
  v.strictObject({
    status: v.optional(integer("The status.", { min: 200, max: 599 }), defaults.respond.status),
    contentType: v.optional(contentType("What the body is."), defaults.respond.contentType),
    body: v.optional(bodyText("The body, at most 65536 characters."), defaults.respond.body),
  }),
  v.title("respond"),
  v.description("A fixed answer."),
);

const upgrades = v.pipe(
  v.union([
    offSwitch("No connection is switched.", "[websocket]", "write [websocket]"),
    v.pipe(
      v.array(
        text({ description: "A protocol.", pattern: tokenPattern }, "a protocol such as websocket", parseProtocol),
      ),
      v.maxLength(maxProtocols),
    ),
  ]),
  v.description("The protocols that a client may ask to switch to (`Upgrade`); `off` is none."),
);

/** The schema of a route. */
export const routeSchema = v.pipe(
  v.strictObject({
    name: text(
      { description: "A name of your own, for logs and metrics.", pattern: namePattern },
      "a name of your own",
      parseName,
    ),
    listeners: v.optional(
      v.pipe(
        v.array(text({ description: "The name of a listener." }, "the name of a listener", parsed)),
        v.minLength(1),
        v.description(
          "Names of the listeners whose requests it is for. Absent: all with the protocols `http` and `auto`.",
        ),
      ),
    ),
    match: v.optional(routeMatchSchema, {}),
    upstream: v.optional(upstreamName("The name of the upstream that requests go to.")),
    upstreams: v.optional(
      v.pipe(
        v.array(routeUpstream),
        v.minLength(1),
        v.maxLength(maxRouteUpstreams),
        v.description("Upstreams that share the requests by their weights."),
      ),
    ),
    redirect: v.optional(redirect),
    respond: v.optional(respond),
    rewrite: v.optional(rewrite),
    requestHeaders: v.optional(headerRules("requestHeaders", "Changes of the headers of requests."), {}),
    responseHeaders: v.optional(headerRules("responseHeaders", "Changes of the headers of answers."), {}),
    maxBody: v.optional(
      size("Of a request's body, else 413; `off` is no limit. Absent: as the listener says.", {
        ...anyBodySize,
        off: true,
      }),
    ),
    responseTimeout: v.optional(
      duration("In the place of the upstream's `responseTimeout`. Absent: as the upstream says.", anyDuration),
    ),
    upgrades: v.optional(upgrades, [...defaults.route.upgrades]),
    tunnelTimeout: v.optional(
      duration("Ends a connection that was switched when nothing moved on it for this long.", anyDuration),
      defaults.route.tunnelTimeout,
    ),
  }),
  v.title("a route"),
  v.description(
    "What requests match, and what is done with them: one of `upstream`, `upstreams`, `redirect` and `respond`.",
  ),
);
