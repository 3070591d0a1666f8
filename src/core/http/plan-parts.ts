import type { SharedMemory } from "../memory/shared-memory.ts";
import { TargetWriter } from "../route/rewrite.ts";
import type { HttpSettings, PathMatch, RewriteSettings, RouteSettings } from "../server/http-settings.ts";
import type { AutoListenerSettings, HttpListenerSettings } from "../server/settings.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { AnswerWriter } from "./answer/answer-writer.ts";
import { hasRules } from "./forward/header-rules.ts";
import { RequestWriter } from "./forward/request-writer.ts";
import { ResponseWriter } from "./forward/response-writer.ts";
import type { HttpDate } from "./forward/wall-time.ts";
import { RouteTarget } from "./route-target.ts";

/** What plans are made with. */
export interface PlanContext {
  readonly memory: SharedMemory;
  readonly upstreams: readonly Upstream[];
  readonly answers: AnswerWriter;
  readonly date: HttpDate;
}

/**
 * What the plans of a listener's routes are made of. Routes that ask for the same share one object: most of them do, and what
 * a request touches then stays in the processor's cache, however many routes there are.
 */
export class PlanParts {
  readonly http: HttpSettings;
  readonly memory: SharedMemory;
  readonly answers: AnswerWriter;
  readonly #listener: HttpListenerSettings | AutoListenerSettings;
  readonly #context: PlanContext;
  /** For routes that change nothing. */
  readonly #requests: RequestWriter;
  readonly #responses: ResponseWriter;
  readonly #targetWriter = new TargetWriter(undefined, undefined);
  /** By upstream and timeout. */
  readonly #targets = new Map<string, RouteTarget>();

  constructor(listener: HttpListenerSettings | AutoListenerSettings, context: PlanContext) {
    this.http = listener.http;
    this.memory = context.memory;
    this.answers = context.answers;
    this.#listener = listener;
    this.#context = context;
    this.#requests = new RequestWriter(listener.http, undefined);
    this.#responses = new ResponseWriter(listener.http, undefined, context.date);
  }

  requestWriter(route: RouteSettings): RequestWriter {
    const host = route.action.kind === "forward" ? route.action.rewrite?.host : undefined;
    if (!hasRules(route.requestHeaders) && host === undefined) return this.#requests;
    return new RequestWriter(this.http, route);
  }

  responseWriter(route: RouteSettings): ResponseWriter {
    if (!hasRules(route.responseHeaders)) return this.#responses;
    return new ResponseWriter(this.http, route, this.#context.date);
  }

  /** `match` is the path of the route. */
  targetWriter(rewrite: RewriteSettings | undefined, match: PathMatch | undefined): TargetWriter {
    return rewrite === undefined ? this.#targetWriter : new TargetWriter(rewrite, match);
  }

  /** Of a route that forwards; none of others. Throws when it names an upstream that there is not. */
  targets({ name, action, responseTimeoutMs }: RouteSettings): readonly RouteTarget[] {
    if (action.kind !== "forward") return [];
    return action.upstreams.map((share) => {
      const upstream = this.#context.upstreams.find((one) => one.settings.name === share.name);
      if (upstream === undefined) throw new Error(`Route '${name}' names no upstream: '${share.name}'`);
      const key = `${responseTimeoutMs} ${share.name}`;
      const target = this.#targets.get(key) ?? new RouteTarget(upstream, this.#listener, responseTimeoutMs);
      this.#targets.set(key, target);
      return target;
    });
  }
}
