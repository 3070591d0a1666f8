import type { ProxySettings } from "../../src/core/server/settings.ts";
import type { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";
import type { ConnectionPlan, SidePlan } from "./scenario.ts";

/** The clients, and what the endpoints do for each of them. */
export function makeConnections(draft: Draft, settings: ProxySettings): ConnectionPlan[] {
  const { dice } = draft;
  const count = dice.pick([2, 6, 12, 25]);
  const addresses = dice.int(1, 5);
  const spreadMs = draft.lengthMs * dice.pick([0.05, 0.9]);
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    client: dice.chance(0.1) ? `2001:db8::${dice.int(1, addresses)}` : `198.51.100.${dice.int(1, addresses)}`,
    listener: dice.int(0, settings.listeners.length - 1),
    startMs: Math.floor(dice.next() * spreadMs),
    ...makeSides(dice),
  }));
}

/** What both sides of a connection do. */
export function makeSides(dice: Dice): { clientSide: SidePlan; endpointSide: SidePlan } {
  const clientSide = makeSide(dice);
  const endpointSide = makeSide(dice);
  // Two that wait for each other end by a timeout: seldom.
  const waits = dice.pick(["client", "endpoint", "endpoint", "none"] as const);
  const echoes = dice.chance(0.3);
  const both = clientSide.end === "last" && endpointSide.end === "last" && !dice.chance(0.05);
  return {
    clientSide: { ...clientSide, waits: waits === "client" && !echoes, end: both ? "fin" : clientSide.end },
    endpointSide: {
      ...endpointSide,
      waits: waits === "endpoint",
      echoes,
      end: echoes && endpointSide.end === "fin" ? "last" : endpointSide.end,
    },
  };
}

function makeSide(dice: Dice): SidePlan {
  const bytes = makeSize(dice);
  const slow = dice.chance(0.15);
  const stalls = dice.chance(0.2);
  return {
    bytes,
    chunkBytes: Math.max(1, bytes > 5000 ? dice.int(1000, 65_536) : dice.int(1, 5000)),
    gapMs: slow && bytes > 0 ? dice.int(1, 100) : 0,
    waits: false,
    echoes: false,
    end: dice.pick(["fin", "fin", "fin", "fin", "last", "last", "last", "reset", "destroy", "hold"]),
    abortAfterBytes: dice.int(0, bytes),
    stallBytes: stalls ? Math.max(1, Math.floor(bytes / dice.int(1, 10))) : 0,
    stallMs: stalls ? dice.pick([1, 50, 500, 4000]) : 0,
  };
}

function makeSize(dice: Dice): number {
  const kind = dice.next();
  if (kind < 0.15) return 0;
  if (kind < 0.5) return dice.int(1, 200);
  if (kind < 0.85) return dice.int(200, 20_000);
  if (kind < 0.985) return dice.int(20_000, 200_000);
  return dice.int(200_000, 1_048_576);
}
