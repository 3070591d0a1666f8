import type { Random } from "../runtime/clock.ts";
import type { Balancer, Candidate, PolicyName } from "./balancer.ts";
import { LeastConnections } from "./least-connections.ts";
import { PowerOfTwoChoices } from "./power-of-two-choices.ts";
import { RandomChoice } from "./random-choice.ts";
import { RoundRobin } from "./round-robin.ts";

/** The balancer of a policy's name, for a fixed set of candidates. */
export function buildBalancer<C extends Candidate>(
  policy: PolicyName,
  candidates: readonly C[],
  random: Random,
): Balancer<C> {
  switch (policy) {
    case "round-robin":
      return new RoundRobin(candidates);
    case "random":
      return new RandomChoice(candidates, random);
    case "p2c":
      return new PowerOfTwoChoices(candidates, random);
    case "least-connections":
      return new LeastConnections(candidates, random);
  }
}
