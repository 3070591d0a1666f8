/** Hedges: some of a scenario's upstreams ask for them, and some of its answers take their time. */
import { Dice } from "./dice.ts";
import type { AnswerPlan, HttpClientPlan } from "./http-plan.ts";
import type { Scenario } from "./scenario.ts";

/** Nothing else of a seed is drawn from this: what a seed was before stays, and has more to do. */
const stream = 9;

/** Lets some scenarios have hedges. */
export function withHedges(scenario: Scenario): Scenario {
  const dice = new Dice(scenario.seed, stream);
  const { http, settings } = scenario;
  if (http === undefined || !dice.chance(0.5)) return scenario;
  const upstreams = settings.upstreams.map((one) => {
    if (!dice.chance(0.9)) return one;
    return { ...one, http: { ...one.http, hedge: { delayMs: dice.pick([1, 20, 50, 150]) } } };
  });
  return {
    ...scenario,
    settings: { ...settings, upstreams },
    http: { clients: http.clients.map((client) => slower(dice, client)) },
  };
}

function slower(dice: Dice, client: HttpClientPlan): HttpClientPlan {
  const requests = client.requests.map((request) => ({
    ...request,
    answers: request.answers.map((answer): AnswerPlan =>
      dice.chance(0.8) ? { ...answer, delayMs: answer.delayMs + dice.pick([60, 200, 400, 800]) } : answer,
    ),
  }));
  return { ...client, requests };
}
