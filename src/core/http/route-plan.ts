import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { CanonicalPath } from "../route/canonical-path.ts";
import { AnswerCounters } from "../observe/answer-counters.ts";
import { RedirectLocation } from "../route/redirect.ts";
import type { TargetWriter } from "../route/rewrite.ts";
import type { RouteMatch } from "../route/route-match.ts";
import { WeightedChoice } from "../route/weighted-choice.ts";
import type { Random } from "../runtime/clock.ts";
import type { Socket } from "../runtime/socket.ts";
import type { RouteSettings } from "../server/http-settings.ts";
import type { BodyKind } from "../wire/framing.ts";
import { HeaderId } from "../wire/header-id.ts";
import type { RequestHead } from "../wire/request-head.ts";
import type { ResponseHead } from "../wire/response-head.ts";
import { type AnswerWriter, FixedAnswer } from "./answer/answer-writer.ts";
import type { ExchangeFacts } from "./exchange-facts.ts";
import { flush } from "./flush.ts";
import { clientScheme } from "./forward/client-address.ts";
import { lastHopStatus, maxForwards } from "./forward/max-forwards.ts";
import type { RequestWriter } from "./forward/request-writer.ts";
import type { ResponseWriter } from "./forward/response-writer.ts";
import type { PlanParts } from "./plan-parts.ts";
import type { RouteTarget } from "./route-target.ts";

/** Behind more than this no interim answer is sent. On some sockets every write waits for a moment: not all that waits is not read. */
const maxInterimBacklogBytes = 16 * 1024;

/** What a listener does with the requests of a route: compiled once. */
export class RoutePlan {
  readonly settings: RouteSettings;
  /** Of a request's body. */
  readonly maxBodyBytes: number;
  readonly responses: ResponseWriter;
  /** A rule needs what the request said of itself, when its head may be gone. */
  readonly usesExchange: boolean;
  readonly answered: AnswerCounters;
  /** Whom all requests go to; undefined when there are several, or none. */
  readonly #target: RouteTarget | undefined;
  readonly #targets: readonly RouteTarget[];
  readonly #choice: WeightedChoice | undefined;
  readonly #requests: RequestWriter;
  readonly #targetWriter: TargetWriter | undefined;
  readonly #location: RedirectLocation | undefined;
  readonly #fixed: FixedAnswer | undefined;
  readonly #answers: AnswerWriter;

  /** Throws when the route names an upstream that there is not. */
  constructor(route: RouteSettings, parts: PlanParts) {
    const { action, match } = route;
    this.settings = route;
    this.maxBodyBytes = route.maxBodyBytes ?? parts.http.maxBodyBytes ?? Infinity;
    this.#answers = parts.answers;
    this.#requests = parts.requestWriter(route);
    this.responses = parts.responseWriter(route);
    this.usesExchange = this.#requests.usesExchange || this.responses.usesExchange;
    this.answered = new AnswerCounters(parts.memory);
    this.#targets = parts.targets(route);
    this.#target = this.#targets.length === 1 ? this.#targets[0] : undefined;
    if (action.kind === "forward") {
      this.#choice = new WeightedChoice(action.upstreams.map(({ weight }) => weight));
      this.#targetWriter = parts.targetWriter(action.rewrite, match.path);
    } else if (action.kind === "redirect") {
      this.#location = new RedirectLocation(action, match.path);
    } else {
      this.#fixed = new FixedAnswer(action);
    }
  }

  /** Whom a request goes to; undefined when it is answered here: `writeAnswer`. */
  choose(head: RequestHead, random: Random): RouteTarget | undefined {
    if (this.#targetWriter === undefined || maxForwards(head) === 0) return undefined;
    return this.#target ?? this.#targets[this.#choice?.choose(random.next()) ?? 0];
  }

  /** The protocol that a request may switch to; empty: none. */
  upgradeOf(head: RequestHead): string {
    if (!head.upgrade) return "";
    const protocol = head.value(head.find(HeaderId.upgrade)).toLowerCase();
    return this.settings.upgrades.includes(protocol) ? protocol : "";
  }

  /** Writes the head that goes to the endpoint; why it cannot be forwarded, in words, or empty. */
  writeRequest(
    out: ByteWriter,
    head: RequestHead,
    path: CanonicalPath,
    match: RouteMatch,
    facts: ExchangeFacts,
  ): string {
    const { target } = facts;
    target.clear();
    const refused = this.#targetWriter?.write(target, head, path, match) ?? "";
    if (refused === "") this.#requests.write(out, head, facts);
    return refused;
  }

  /** Writes the head that goes to the client. */
  writeResponse(out: ByteWriter, head: ResponseHead, body: BodyKind, facts: ExchangeFacts): void {
    facts.body = body;
    facts.contentLength = head.contentLength;
    this.responses.write(out, head, facts);
  }

  /** Passes an interim answer on (1xx, but not 101). HTTP/1.0 knows none (RFC 9110 section 15.2), and who does not read needs none. */
  passInterim(head: ResponseHead, client: Socket, out: ByteWriter, facts: ExchangeFacts): void {
    if (facts.minorVersion === 0 || client.bufferedBytes > maxInterimBacklogBytes) return;
    facts.close = false;
    this.writeResponse(out, head, "none", facts);
    flush(out, client);
  }

  /** Writes the answer to a request that goes to nobody: the route's own, or that to the last `Max-Forwards`. */
  writeAnswer(out: ByteWriter, head: RequestHead, path: CanonicalPath, match: RouteMatch, facts: ExchangeFacts): void {
    const { action } = this.settings;
    if (this.#fixed !== undefined) {
      facts.status = this.#fixed.status;
      this.#answers.respond(out, this.#fixed, facts.answer(facts.closes));
    } else if (action.kind === "redirect" && this.#location !== undefined) {
      const { target } = facts;
      target.clear();
      const refused = this.#location.write(target, head, path, match, clientScheme(head, facts.client));
      if (refused === "") {
        facts.status = action.status;
        this.#answers.redirect(out, action.status, target, facts.answer(facts.closes));
      } else {
        facts.fail("request-malformed", refused);
        this.#answers.error(out, facts.answer(facts.closes));
      }
    } else if (lastHopStatus(head) === 200) {
      facts.status = 200;
      this.#answers.options(out, this.settings.match.methods, facts.answer(facts.closes));
    } else {
      // Sent back to its client (RFC 9110 section 9.3.8), it would tell scripts what they may not see: cookies, credentials.
      facts.fail("not-implemented", "TRACE ends here");
      this.#answers.error(out, facts.answer(facts.closes));
    }
  }
}
