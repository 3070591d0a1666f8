import type { Clock, Random } from "../runtime/clock.ts";
import type { Balancer, Candidate, PolicyName } from "./balancer.ts";
import { LeastConnections } from "./least-connections.ts";
import { Maglev } from "./maglev.ts";
import { answersSooner, isLessLoaded } from "./peak-ewma.ts";
import { PowerOfTwoChoices } from "./power-of-two-choices.ts";
import { RandomChoice } from "./random-choice.ts";
import { Rendezvous } from "./rendezvous.ts";
import { RingHash } from "./ring-hash.ts";
import { RoundRobin } from "./round-robin.ts";

/** The balancer of a policy's name, for a fixed list of candidates, each with its place in the list as its `index`. */
export function buildBalancer<C extends Candidate>(
  settings: { readonly policy: PolicyName; readonly balanceFactor: number },
  candidates: readonly C[],
  context: { readonly random: Random; readonly clock: Clock },
): Balancer<C> {
  const { random, clock } = context;
  switch (settings.policy) {
    case "round-robin":
    case "weighted-round-robin":
      return new RoundRobin(candidates);
    case "least-connections":
      return new LeastConnections(candidates, random);
    case "random":
      return new RandomChoice(candidates, random);
    case "p2c":
      return new PowerOfTwoChoices(candidates, random, isLessLoaded);
    case "peak-ewma":
      return new PowerOfTwoChoices(candidates, random, answersSooner(clock));
    case "ip-hash":
      return new Rendezvous(candidates);
    case "ring-hash":
      return new RingHash(candidates, settings.balanceFactor);
    case "maglev":
      return new Maglev(candidates, settings.balanceFactor);
  }
}
