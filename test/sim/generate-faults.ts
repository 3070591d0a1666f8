import type { ConnectFailure } from "../../src/core/runtime/runtime.ts";
import type { ProxySettings } from "../../src/core/server/settings.ts";
import type { Dice } from "./dice.ts";
import type { Draft } from "./draft.ts";
import type { ConnectionPlan, EndpointMode, Fault, TimedEvent } from "./scenario.ts";

/** What goes wrong, and what a person does meanwhile. */
export function makeEvents(
  draft: Draft,
  settings: ProxySettings,
  connections: readonly Pick<ConnectionPlan, "client">[],
): TimedEvent[] {
  const { dice } = draft;
  const count = dice.pick([0, 1, 3, 6, 10]);
  const clients = connections.map(({ client }) => client);
  return Array.from({ length: count }, () => ({
    atMs: dice.int(0, draft.lengthMs),
    fault: makeFault(draft, settings, clients),
  })).toSorted((a, b) => a.atMs - b.atMs);
}

function makeFault(draft: Draft, settings: ProxySettings, clients: readonly string[]): Fault {
  const { dice, lengthMs } = draft;
  const keys = Object.keys(draft.endpoints);
  const endpoint = keys[dice.int(0, keys.length - 1)] ?? "";
  const host = endpoint.slice(0, endpoint.lastIndexOf(":"));
  const anyHost = dice.chance(0.3) ? (clients[dice.int(0, clients.length - 1)] ?? host) : host;
  const forMs = dice.chance(0.5) ? dice.int(1, 300) : dice.int(300, Math.max(301, Math.min(6000, lengthMs)));
  switch (dice.int(0, 19)) {
    case 0:
    case 1:
      return { kind: "partition", host: anyHost, forMs };
    case 2:
      return { kind: "vanish", host: anyHost, forMs };
    case 3:
    case 4:
      return { kind: "crash", host: anyHost, forMs, how: dice.pick(["reset", "destroy"]) };
    case 5:
      return { kind: "blackhole", host, forMs };
    case 6:
      return { kind: "host-stall", host: anyHost, forMs };
    case 7:
    case 8:
      return { kind: "endpoint-mode", host, forMs, mode: dice.pick<EndpointMode>(["close", "reset", "mute"]) };
    case 9:
    case 10:
      return { kind: "connect-fault", endpoint, forMs, failure: dice.pick(connectFailures) };
    case 11:
      return { kind: "accept-error", forMs, code: dice.pick(["EMFILE", "ENFILE", "ENOMEM"]) };
    case 12:
      return { kind: "slow-accept", forMs, delayMs: dice.int(1, 200) };
    case 13:
      return { kind: "loop-stall", forMs };
    case 14:
      return { kind: "wall-jump", byMs: dice.pick([-3_600_000, -1000, 1000, 86_400_000]) };
    case 15:
      return { kind: "memory", forMs, share: dice.pick([0.5, 0.95]) };
    case 16:
      return makeNameFault(draft) ?? { kind: "loop-stall", forMs };
    case 17:
    case 18:
      return makeAdminAction(dice, settings, draft.endpoints[endpoint]?.greets === true ? undefined : host);
    default:
      return { kind: "descriptors", forMs, maximum: dice.int(17, 60) };
  }
}

/** A name fails, is slow, or leads to only one of its addresses. */
function makeNameFault({ dice, names }: Draft): Fault | undefined {
  const known = Object.entries(names);
  const [name, entry] = known[dice.int(0, Math.max(0, known.length - 1))] ?? [];
  if (name === undefined || entry === undefined) return undefined;
  const forMs = dice.int(100, 3000);
  const fault = dice.int(0, 2);
  if (fault === 0)
    return { kind: "names", name, forMs, entry: { ...entry, failure: dice.pick(["not-found", "other"]) } };
  if (fault === 1) return { kind: "names", name, forMs, entry: { ...entry, delayMs: dice.pick([100, 5000]) } };
  return { kind: "names", name, forMs, entry: { ...entry, hosts: entry.hosts.slice(-1) } };
}

/** `host` can be added as an endpoint: it answers to every kind of health check. */
function makeAdminAction(dice: Dice, settings: ProxySettings, host: string | undefined): Fault {
  const endpoints = settings.upstreams.flatMap((upstream) => upstream.endpoints);
  const address = endpoints[dice.int(0, endpoints.length - 1)]?.address;
  const endpoint = address?.kind === "tcp" ? `${address.host}:${address.port}` : "";
  const action = dice.int(0, 9);
  if (action === 0) return { kind: "remove-endpoint", endpoint };
  if (action === 1) return { kind: "reset-endpoint", endpoint };
  const upstream = settings.upstreams[dice.int(0, settings.upstreams.length - 1)];
  const [first] = upstream?.endpoints ?? [];
  if (action === 2 && host !== undefined && upstream !== undefined && first !== undefined)
    return {
      kind: "add-endpoint",
      upstream: upstream.name,
      settings: { ...first, address: { kind: "tcp", host, port: 80 } },
    };
  if (action <= 5) return { kind: "weight", endpoint, weight: dice.int(1, 256) };
  return { kind: "admin-state", endpoint, state: dice.pick(["ready", "ready", "draining", "disabled"]) };
}

const connectFailures: readonly [ConnectFailure, ...ConnectFailure[]] = [
  "refused",
  "timeout",
  "unreachable",
  "not-found",
  "resources",
  "denied",
  "other",
];

/** How long a fault lasts. */
export function durationOf(fault: Fault): number {
  return "forMs" in fault ? fault.forMs : 0;
}
