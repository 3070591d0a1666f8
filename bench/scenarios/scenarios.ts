/** What goes wrong behind the proxy, and for how long clients ask meanwhile. */
import type { PolicyName } from "../../src/core/balancer/balancer.ts";
import { BlackHole } from "../../test/support/black-hole.ts";
import { StageEndpoint, StageStream } from "../../test/support/stage.ts";
import type { RunningProxy, Wish } from "./proxies.ts";

/** What clients saw. */
export interface Seen {
  readonly asked: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What each endpoint got of the connections, probes among them, 0 to 1. */
  readonly shares: readonly number[];
}

/** A scenario: three endpoints, of which the first is the one that misbehaves. */
export interface Scenario {
  readonly name: string;
  readonly policies: readonly PolicyName[];
  readonly probeMs?: number;
  /** Makes the first endpoint ready for its part, before the proxy starts; returns where it is, if elsewhere. */
  prepare?(bad: StageEndpoint): Promise<{ readonly port: number } & AsyncDisposable>;
  /** Plays it, once the clients ask; resolves when it is over. */
  play(endpoints: readonly [StageEndpoint, StageEndpoint, StageEndpoint]): Promise<void>;
}

const perSecond = 500;
const answerMs = 20;
const slowMs = 5000;

const allPolicies: readonly PolicyName[] = [
  "round-robin",
  "random",
  "least-connections",
  "p2c",
  "peak-ewma",
  "ip-hash",
  "ring-hash",
  "maglev",
];

/** All scenarios, in the order of the report. */
export const scenarios: readonly Scenario[] = [
  { name: "all well", policies: allPolicies, play: () => seconds(6) },
  {
    name: `one of three answers in ${slowMs} ms instead of ${answerMs}`,
    policies: allPolicies,
    async play([slow]) {
      slow.delayMs = slowMs;
      await seconds(12);
    },
  },
  {
    name: "one of three goes and comes back every second",
    policies: ["p2c"],
    probeMs: 500,
    async play([flapping]) {
      for (let round = 0; round < 6; round++) {
        await flapping.down();
        await seconds(1);
        await flapping.up();
        await seconds(1);
      }
    },
  },
  {
    name: "one of three accepts and closes; its check is content",
    policies: ["p2c"],
    probeMs: 500,
    async play([closing]) {
      closing.mode = "close";
      await seconds(8);
    },
  },
  {
    name: "one of three swallows SYNs",
    policies: ["p2c"],
    probeMs: 500,
    prepare: () => BlackHole.open(),
    play: () => seconds(8),
  },
  {
    name: "all go for two seconds, and come back",
    policies: ["p2c"],
    probeMs: 500,
    async play(endpoints) {
      await seconds(2);
      for (const endpoint of endpoints) await endpoint.down();
      await seconds(2);
      for (const endpoint of endpoints) await endpoint.up();
      await seconds(4);
    },
  },
];

/** Plays a scenario against one proxy. */
export async function play(
  scenario: Scenario,
  policy: PolicyName,
  start: (wish: Wish) => Promise<RunningProxy>,
): Promise<Seen> {
  await using stack = new AsyncDisposableStack();
  const endpoints = [await open(), await open(), await open()] as const;
  for (const endpoint of endpoints) stack.use(endpoint);
  const [bad, second, third] = endpoints;
  const instead = await scenario.prepare?.(bad);
  if (instead !== undefined) stack.use(instead);
  const ports = [instead?.port ?? bad.port, second.port, third.port];
  const proxy = stack.use(
    await start({ policy, endpoints: ports, ...(scenario.probeMs === undefined ? {} : { probeMs: scenario.probeMs }) }),
  );
  for (const endpoint of endpoints) endpoint.accepted = 0;
  const stream = new StageStream(proxy.port, perSecond);
  await scenario.play(endpoints);
  const seen = summary(stream, endpoints);
  await stream.stop();
  return seen;
}

function open(): Promise<StageEndpoint> {
  return StageEndpoint.open({ delayMs: answerMs });
}

function summary(stream: StageStream, endpoints: readonly StageEndpoint[]): Seen {
  const failures: Record<string, number> = {};
  const times = stream.waitingMs;
  for (const { result, ms } of stream.asked) {
    if (result === "ok") times.push(ms);
    else failures[result] = (failures[result] ?? 0) + 1;
  }
  times.sort((a, b) => a - b);
  const accepted = endpoints.reduce((sum, one) => sum + one.accepted, 0);
  return {
    asked: stream.asked.length + stream.waitingMs.length,
    failures,
    p50Ms: times[Math.floor(times.length * 0.5)] ?? NaN,
    p99Ms: times[Math.floor(times.length * 0.99)] ?? NaN,
    shares: endpoints.map((one) => (accepted === 0 ? 0 : one.accepted / accepted)),
  };
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1000));
}
