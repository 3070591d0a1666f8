import type { ProxySettings } from "../../src/core/server/settings.ts";
import type { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";
import type { AnswerFlaw, AnswerPlan, HttpClientPlan, RequestFlaw, RequestPlan } from "./http-plan.ts";

/** How the endpoints answer a client. */
interface Manner {
  /** How often they do what they should not. */
  readonly badness: number;
  /** Large answers. */
  readonly large: boolean;
}

/** The clients with their requests, and what the endpoints answer. */
export function makeHttpClients(draft: Draft, settings: ProxySettings): HttpClientPlan[] {
  const { dice } = draft;
  const count = dice.pick([1, 3, 6, 12]);
  const addresses = dice.int(1, 5);
  const spreadMs = draft.lengthMs * dice.pick([0.05, 0.9]);
  // How bad the endpoints of this scenario are: most answer as they should.
  const badness = dice.pick([0, 0.1, 0.3]);
  const routes = settings.routes.map(({ match }) => match.path?.value ?? "/r0");
  let id = 0;
  return Array.from({ length: count }, (_, index) => {
    const stalls = dice.chance(0.15);
    // Who reads slowly shall have something to read.
    const manner: Manner = { badness, large: stalls && dice.chance(0.5) };
    const requests = Array.from({ length: dice.pick([1, 1, 2, 4, 8]) }, () =>
      makeRequest(dice, ++id, dice.chance(0.03) ? "/none" : (routes[dice.int(0, routes.length - 1)] ?? "/r0"), manner),
    );
    const bytes = requests.reduce((sum, { body }) => sum + body.bytes + 100, 0);
    const end = dice.pick(["last", "last", "last", "last", "fin", "reset", "destroy", "hold"] as const);
    return {
      id: index + 1,
      client: dice.chance(0.1) ? `2001:db8::${dice.int(1, addresses)}` : `198.51.100.${dice.int(1, addresses)}`,
      listener: dice.int(0, settings.listeners.length - 1),
      startMs: Math.floor(dice.next() * spreadMs),
      requests: withTunnel(dice, requests),
      ahead: stalls ? dice.pick([1, 8]) : dice.pick([1, 1, 1, 2, 8]),
      gapMs: dice.chance(0.3) ? dice.int(1, 2000) : 0,
      end,
      abortAfterBytes: dice.int(0, bytes),
      stallBytes: stalls ? dice.pick([200, 2000, 20_000]) : 0,
      stallMs: stalls ? dice.pick([1, 50, 500, 500, 4000]) : 0,
    };
  });
}

/** The last request of some clients asks for a tunnel. */
function withTunnel(dice: Dice, requests: readonly RequestPlan[]): readonly RequestPlan[] {
  const last = requests.at(-1);
  if (last === undefined || !dice.chance(0.08)) return requests;
  const tunnel: RequestPlan = {
    ...last,
    method: "GET",
    minorVersion: 1,
    connection: "",
    expects: false,
    upgrade: true,
    flaw: "none",
    body: { kind: "length", bytes: makeSize(dice), chunkBytes: 1 },
    answers: last.answers.map((answer) =>
      dice.chance(0.8) && answer.flaw === "none"
        ? { ...answer, status: 101, framing: "none", afterBytes: 0, later: dice.pick(["keep", "fin", "fin", "reset"]) }
        : { ...answer, flaw: answer.flaw === "unasked-switch" ? "garbage" : answer.flaw },
    ),
  };
  return [...requests.slice(0, -1), tunnel];
}

function makeRequest(dice: Dice, id: number, route: string, manner: Manner): RequestPlan {
  const usualMethod = dice.pick(["GET", "GET", "GET", "POST", "POST", "POST", "PUT", "HEAD", "DELETE", "OPTIONS"]);
  const flaw = dice.chance(0.02) ? dice.pick(requestFlaws) : "none";
  const minorVersion = flaw === "none" && dice.chance(0.07) ? 0 : 1;
  // What a head that cannot be read asks for, nobody knows: not that there is no body in the answer either.
  const method = flaw === "none" ? usualMethod : "POST";
  const usual = method === "POST" || method === "PUT";
  const kind =
    flaw === "bad-chunk" ? "chunked" : !dice.chance(usual ? 0.9 : 0.05) ? "none" : makeKind(dice, minorVersion);
  const bytes = kind === "none" ? 0 : makeSize(dice);
  const slow = dice.chance(0.1);
  return {
    id,
    method,
    route,
    minorVersion,
    connection: dice.chance(0.05) ? "close" : minorVersion === 0 && dice.chance(0.5) ? "keep-alive" : "",
    body: { kind, bytes, chunkBytes: dice.pick([1, 100, 5000, 40_000]) + Math.floor(bytes / 200) },
    expects: minorVersion === 1 && kind !== "none" && bytes > 0 && dice.chance(0.1),
    bodyDelayMs: dice.pick([10, 500, 3000]),
    upgrade: false,
    pieceBytes: slow ? dice.int(1, 1000) : dice.pick([1000, 65_536, 65_536]),
    gapMs: slow ? dice.pick([1, 20, 500]) : 0,
    flaw,
    answers: Array.from({ length: dice.pick([1, 1, 2, 3]) }, () => makeAnswer(dice, manner, bytes)),
  };
}

function makeKind(dice: Dice, minorVersion: 0 | 1): "length" | "chunked" {
  return minorVersion === 1 && dice.chance(0.5) ? "chunked" : "length";
}

function makeAnswer(dice: Dice, { badness, large }: Manner, requestBytes: number): AnswerPlan {
  const bad = dice.chance(badness);
  const status = dice.pick([200, 200, 200, 200, 200, 201, 204, 304, 404, 500, 503]);
  const minorVersion = dice.chance(0.05) ? 0 : 1;
  const flaw = bad && dice.chance(0.25) ? dice.pick(answerFlaws) : "none";
  const empty = status === 204 || status === 304;
  const framing = empty ? "none" : makeFraming(dice, minorVersion, flaw);
  const bytes = framing === "none" ? 0 : large ? dice.int(20_000, 150_000) : makeSize(dice);
  const slow = dice.chance(0.1);
  const fault = bad && flaw === "none" ? dice.pick(["none", "fin", "reset", "destroy", "stall"] as const) : "none";
  return {
    afterBytes: dice.chance(bad ? 0.5 : 0.1) ? dice.int(0, requestBytes) : 1e9,
    delayMs: dice.chance(0.2) ? dice.pick([1, 50, 300, 3000]) : 0,
    interim: dice.chance(0.1) ? dice.pick([[100], [103], [100, 103], [103, 103, 103]]) : [],
    status,
    minorVersion,
    framing,
    bytes,
    chunkBytes: dice.pick([1, 100, 5000, 40_000]) + Math.floor(bytes / 200),
    pieceBytes: slow ? dice.int(1, 1000) : dice.pick([1000, 65_536, 65_536]),
    gapMs: slow ? dice.pick([1, 20, 500]) : 0,
    flaw,
    fault,
    faultBytes: dice.chance(0.3) ? 0 : dice.int(0, bytes + 150),
    later: dice.pick(
      bad
        ? ["fin", "reset", "garbage", "answer", "close"]
        : ["keep", "keep", "keep", "keep", "keep", "keep", "close", "fin"],
    ),
    laterMs: dice.pick([0, 1, 100, 1000]),
    keepAliveS: dice.chance(0.1) ? dice.pick([1, 2, 3]) : 0,
  };
}

function makeFraming(dice: Dice, minorVersion: 0 | 1, flaw: AnswerFlaw): AnswerPlan["framing"] {
  if (flaw === "bad-chunk") return "chunked";
  if (flaw !== "none") return "close";
  if (minorVersion === 0) return dice.pick(["length", "close"]);
  return dice.pick(["length", "length", "length", "chunked", "chunked", "close"]);
}

function makeSize(dice: Dice): number {
  const kind = dice.next();
  if (kind < 0.15) return 0;
  if (kind < 0.6) return dice.int(1, 300);
  if (kind < 0.93) return dice.int(300, 10_000);
  if (kind < 0.99) return dice.int(10_000, 80_000);
  return dice.int(80_000, 300_000);
}

const requestFlaws: readonly [RequestFlaw, ...RequestFlaw[]] = [
  "both-framings",
  "two-lengths",
  "no-host",
  "space-before-colon",
  "bare-line-feed",
  "version",
  "long-target",
  "long-head",
  "expectation",
  "connect",
  "bad-chunk",
  "bad-chunk",
];

const answerFlaws: readonly [AnswerFlaw, ...AnswerFlaw[]] = [
  "garbage",
  "both-framings",
  "two-lengths",
  "bare-line-feed",
  "bad-chunk",
  "unasked-switch",
  "long-head",
];
