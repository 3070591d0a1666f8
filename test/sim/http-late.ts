import type { AnswerPlan, HttpClientPlan } from "./http-plan.ts";
import { prefixOf } from "./model-client.ts";
import type { Scenario } from "./scenario.ts";
import { firstLateId } from "./world.ts";

/** Numbers of requests that come after all faults start here. */
export const firstLateRequest = 30_000;

const quietAnswer: AnswerPlan = {
  afterBytes: 1e9,
  delayMs: 0,
  interim: [],
  status: 200,
  minorVersion: 1,
  framing: "length",
  bytes: 100,
  chunkBytes: 100,
  pieceBytes: 100,
  gapMs: 0,
  flaw: "none",
  fault: "none",
  faultBytes: 0,
  later: "keep",
  laterMs: 0,
  keepAliveS: 0,
};

/** A small, well-behaved client of a listener; undefined when no route forwards what it asks. */
export function lateHttpClient({ settings }: Scenario, listener: number): HttpClientPlan | undefined {
  const route = prefixOf(settings.routes.find(({ action }) => action.kind === "forward")?.match.path);
  if (route === "") return undefined;
  return {
    id: firstLateId + listener,
    client: `203.0.113.${listener + 1}`,
    listener,
    startMs: 0,
    requests: [
      {
        id: firstLateRequest + listener,
        method: "GET",
        route,
        minorVersion: 1,
        connection: "",
        body: { kind: "none", bytes: 0, chunkBytes: 1 },
        expects: false,
        bodyDelayMs: 0,
        upgrade: false,
        pieceBytes: 1000,
        gapMs: 0,
        flaw: "none",
        answers: [quietAnswer],
      },
    ],
    ahead: 1,
    gapMs: 0,
    end: "last",
    abortAfterBytes: 0,
    stallBytes: 0,
    stallMs: 0,
  };
}
