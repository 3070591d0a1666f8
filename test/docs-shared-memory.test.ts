/** docs/shared-memory.md tells the truth: what it says is taken of the shared memory is taken. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parseConfig } from "../src/config/parse-config.ts";
import { Admission } from "../src/core/limits/admission.ts";
import { ConnectionCount } from "../src/core/limits/connection-count.ts";
import { OverloadMonitor } from "../src/core/limits/overload-monitor.ts";
import { News } from "../src/core/memory/news.ts";
import { SharedMemory } from "../src/core/memory/shared-memory.ts";
import type { Runtime } from "../src/core/runtime/runtime.ts";
import { TimerWheel } from "../src/core/runtime/timer-wheel.ts";
import { DataPlane } from "../src/core/server/data-plane.ts";
import type { EndpointSettings, TcpListenerSettings, UpstreamSettings } from "../src/core/server/settings.ts";
import { TcpService } from "../src/core/tcp/tcp-service.ts";
import { CircuitBreaker } from "../src/core/upstream/circuit-breaker.ts";
import { Endpoint } from "../src/core/upstream/endpoint.ts";
import { FailureStreak } from "../src/core/upstream/failure-streak.ts";
import { Upstream } from "../src/core/upstream/upstream.ts";
import { HttpPlane } from "../src/core/http/http-plane.ts";
import { HttpService } from "../src/core/http/http-service.ts";
import { httpListenerSettings, routeSettings } from "./support/http-settings.ts";
import { FakeNetwork } from "./support/fake-network.ts";
import { repositoryFile } from "./support/geryon.ts";
import {
  endpointSettings,
  listenerSettings,
  quickBreaker,
  quickOutlier,
  upstreamSettings,
} from "./support/settings.ts";

const page = readFileSync(repositoryFile("docs/shared-memory.md"), "utf8");
const { runtime } = new FakeNetwork();
const { clock } = runtime;

/** How many places of each kind. */
interface Places {
  number: number;
  counter: number;
  total: number;
  word: number;
}

/** What the letters of the page stand for. */
type Letters = Readonly<Record<string, number>>;

/** Adds up the rows under a heading of the page. */
function saidOf(heading: string, letters: Letters, without: readonly string[] = []): Places {
  const section = page.split(/^#+ /m).find((one) => one.startsWith(`${heading}\n`));
  assert.ok(section !== undefined, `the page has '${heading}'`);
  const places: Places = { number: 0, counter: 0, total: 0, word: 0 };
  for (const [, place = "", kind, count = ""] of section.matchAll(
    /^\| (.*?) *\| (number|counter|total|word) +\| (.*?) *\|/gm,
  )) {
    if (!without.includes(place)) places[kind as keyof Places] += worth(count, letters);
  }
  return places;
}

/** What a sum of products comes to, such as `1 + 4 · n`. */
function worth(formula: string, letters: Letters): number {
  const factor = (text: string): number => letters[text] ?? Number(text);
  const sum = formula
    .split(" + ")
    .map((term) => term.split(" · ").map(factor))
    .reduce((all, factors) => all + factors.reduce((product, one) => product * one, 1), 0);
  assert.ok(Number.isInteger(sum), `'${formula}' is a number`);
  return sum;
}

/** What is taken while something is made. */
function takenBy(workers: number, make: (memory: SharedMemory) => void): Places {
  const memory = new SharedMemory(workers, 0);
  make(memory);
  return {
    number: memory.takeNumbers(0),
    counter: memory.takeCounters(0),
    total: memory.takeTotals(0),
    word: memory.takeWords(0),
  };
}

function together(...all: readonly Places[]): Places {
  const places: Places = { number: 0, counter: 0, total: 0, word: 0 };
  for (const one of all) for (const kind of Object.keys(places) as (keyof Places)[]) places[kind] += one[kind];
  return places;
}

function makeUpstream(
  memory: SharedMemory,
  endpoints: readonly EndpointSettings[],
  more: Partial<UpstreamSettings> = {},
): Upstream {
  return new Upstream(upstreamSettings(endpoints, more), { runtime, memory, keeps: false });
}

function makeService(memory: SharedMemory, more: Partial<TcpListenerSettings>): void {
  const settings = listenerSettings(more);
  const elsewhere = new SharedMemory(memory.workers, 0);
  const gate = { connections: new ConnectionCount(1000, elsewhere), overload: undefined };
  const admission = new Admission(settings, gate, { clock, random: runtime.random, memory }, () => {});
  const upstream = makeUpstream(elsewhere, []);
  const context = { runtime, memory, wheel: new TimerWheel(clock), admission, onIdle() {} };
  assert.ok(new TcpService(settings, upstream, context) instanceof TcpService);
}

/** An http listener with so many routes. */
function makeHttpService(memory: SharedMemory, routes: number): void {
  const settings = httpListenerSettings();
  const elsewhere = new SharedMemory(memory.workers, 0);
  const gate = { connections: new ConnectionCount(1000, elsewhere), overload: undefined };
  const admission = new Admission(settings, gate, { clock, random: runtime.random, memory }, () => {});
  const plane = new HttpPlane(runtime, new TimerWheel(clock));
  const upstreams = [makeUpstream(elsewhere, [])];
  const all = Array.from({ length: routes }, (_, index) => routeSettings({ name: `r${index}` }));
  assert.ok(
    new HttpService(settings, all, { plane, memory, admission, upstreams, onIdle() {} }) instanceof HttpService,
  );
}

const [w, f, b] = [5, 7, 11];
const letters: Letters = { w, f, b };
const outlier = { ...quickOutlier, consecutiveFailures: f };
const breaker = { ...quickBreaker, failures: b };
const anEndpoint = saidOf("An endpoint", letters);

describe("docs/shared-memory.md: places", () => {
  it("of the process, and of overload", () => {
    assert.deepEqual(
      takenBy(w, (memory) => void new ConnectionCount(10, memory)),
      saidOf("The process", letters),
    );
    const settings = { descriptorShare: 1, memoryShare: 1, loopLagMs: 1 };
    assert.deepEqual(
      takenBy(w, (memory) => void new OverloadMonitor(settings, { runtime, memory, scope: "all" }, () => {})),
      saidOf("Overload", letters),
    );
  });

  it("of an upstream, with its endpoints", () => {
    for (const [endpoints, g] of [
      [0, 0],
      [1, 1],
      [64, 1],
      [65, 2],
    ] as const) {
      const settings = Array.from({ length: endpoints }, (_, index) => endpointSettings(index + 1));
      assert.deepEqual(
        takenBy(w, (memory) => void makeUpstream(memory, settings)),
        together(saidOf("An upstream", { ...letters, g }), ...settings.map(() => anEndpoint)),
      );
    }
  });

  it("of an endpoint, one that is added, and what may be switched on for it", () => {
    const make = (more: Partial<UpstreamSettings>) => (memory: SharedMemory) => {
      const loadNews = new News(new SharedMemory(w, 0));
      const context = { runtime, memory, keeps: false, loadNews };
      assert.ok(new Endpoint(endpointSettings(1), upstreamSettings([], more), context, () => {}) instanceof Endpoint);
    };
    const streak = saidOf("A failure streak", letters);
    const ofBreaker = saidOf("A circuit breaker", letters);
    assert.deepEqual(takenBy(w, make({})), anEndpoint);
    assert.deepEqual(takenBy(w, make({ outlier })), together(anEndpoint, streak));
    assert.deepEqual(takenBy(w, make({ endpointBreaker: breaker })), together(anEndpoint, ofBreaker));
    assert.deepEqual(
      takenBy(w, (memory) => void new FailureStreak(f, 1000, memory)),
      streak,
    );
    assert.deepEqual(
      takenBy(w, (memory) => void new CircuitBreaker(breaker, { clock, memory, keeps: false }, () => {})),
      ofBreaker,
    );
    const upstream = makeUpstream(new SharedMemory(w, 0), []);
    assert.deepEqual(
      takenBy(w, (memory) => void upstream.makeEndpoint(endpointSettings(1), memory)),
      together(anEndpoint, { number: 0, counter: 0, total: 0, word: 1 }),
    );
    assert.deepEqual(
      takenBy(w, (memory) => void makeUpstream(memory, [], { upstreamBreaker: breaker })),
      together(saidOf("An upstream", { ...letters, g: 0 }), ofBreaker),
    );
  });

  it("of an http listener, and of its routes", () => {
    for (const routes of [1, 3]) {
      assert.deepEqual(
        takenBy(w, (memory) => makeHttpService(memory, routes)),
        together(
          saidOf("An http listener", letters),
          ...Array.from({ length: routes }, () => saidOf("A route of an http listener", letters)),
        ),
      );
    }
  });

  it("of a listener, and of its limits per client", () => {
    const listener = saidOf("A listener", letters);
    const n = 1000 + 65_536 + 4 * w;
    const clients = { ...letters, n, h: 65_536 };
    assert.deepEqual(
      takenBy(w, (memory) => makeService(memory, {})),
      listener,
    );
    assert.deepEqual(
      takenBy(w, (memory) => makeService(memory, { maxConnectionsPerClient: 3 })),
      together(listener, saidOf("Limits per client", clients, ["arrivals"])),
    );
    assert.deepEqual(
      takenBy(w, (memory) => makeService(memory, { clientRate: { perSecond: 1, burst: 1 } })),
      together(listener, saidOf("Limits per client", clients)),
    );
  });
});

describe("docs/shared-memory.md: bytes", () => {
  it("the regions are where it says", () => {
    const memory = new SharedMemory(3, 1);
    const [N, C, T, W] = [2, 5, 7, 11];
    memory.takeNumbers(N);
    memory.takeCounters(C);
    memory.takeTotals(T);
    memory.takeWords(W);
    memory.allocate();
    const first = [memory.numbers, memory.counters, memory.totals, memory.shares, memory.words].map(
      (one) => one.byteOffset,
    );
    const afterFloats = 8 * (N + 3 * C);
    assert.deepEqual(first, [0, 8 * (N + C), afterFloats, afterFloats + 4 * T + 4 * T, afterFloats + 4 * 4 * T]);
    assert.equal(memory.buffer?.byteLength, 8 * (N + 3 * C) + 4 * (4 * T + W));
    for (const formula of ["8(N + iC + p)", "8(N + wC) + 4T", "8(N + wC) + 4(1 + w)T", "8(N + wC) + 4((1 + w)T + W)"]) {
      assert.ok(page.includes(formula), formula);
    }
  });

  const examples = [...page.matchAll(/takes ([\d,]+) bytes[\s\S]*?^```yaml\n([\s\S]*?)^```/gm)];
  assert.equal(examples.length, 2);
  for (const [, said = "", text = ""] of examples) {
    it(`a config takes ${said} bytes`, () => {
      const result = parseConfig(text, { file: "page.yaml", format: "yaml", env: {} });
      assert.ok(result.ok);
      const { config } = result;
      assert.ok(config.workers !== "auto");
      const memory = new SharedMemory(config.workers, -1);
      const role = { memory, keeps: true, overload: "resources" } as const;
      const plane = new DataPlane(config, runtime satisfies Runtime, role, {});
      assert.equal(plane.memory.buffer?.byteLength.toLocaleString("en"), said);
    });
  }
});
