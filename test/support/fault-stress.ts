/** Many connections over a libc that fails: all that was sent arrives, each end is told once, and nothing is left over. */
import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import type { Address } from "../../src/core/runtime/address.ts";
import type { Random } from "../../src/core/runtime/clock.ts";
import type { Listener, Runtime } from "../../src/core/runtime/runtime.ts";
import type { Libc } from "../../src/adapters/reactor/libc/libc.ts";
import { startReactor } from "../../src/adapters/reactor/start-reactor.ts";
import { seededRandom } from "./fake-clock.ts";
import { type FaultRates, FaultyLibc } from "./faulty-libc.ts";
import { exchangePattern } from "./pattern-traffic.ts";
import { Player } from "./player.ts";
import { connectTo, loopback, Recorder, socketOptions, until } from "./sockets.ts";

const pairsPerSeed = 24;
const steps = 30;
/** How a connect or a listen may fail here: by a fault. */
const expectedFailures: ReadonlySet<string> = new Set([
  "resources",
  "refused",
  "EMFILE",
  "ENFILE",
  "ENOBUFS",
  "ENOMEM",
  "ENOSPC",
]);

/** Plays one seed. Rejects with what went wrong; resolves with how often each fault happened. */
export async function runFaultSeed(base: Runtime, libc: Libc, seed: number): Promise<ReadonlyMap<string, number>> {
  const random = seededRandom(seed);
  const faulty = new FaultyLibc(libc, seededRandom(seed + 1_000_000), ratesOf(seed, random));
  faulty.active = false;
  const { runtime, stop } = await startReactor(base, faulty);
  const ownDescriptors = faulty.descriptors.size;
  faulty.active = true;
  try {
    await within(playSeed(runtime, random, seed), `seed ${seed}: the traffic comes to its end`);
    await until(() => faulty.descriptors.size === ownDescriptors, `seed ${seed}: all sockets are closed`, 2000);
  } finally {
    faulty.active = false;
    stop();
  }
  assert.deepEqual(faulty.mistakes, [], `seed ${seed}: each descriptor is used while it is open, and closed once`);
  assert.deepEqual([...faulty.descriptors], [], `seed ${seed}: nothing is left open`);
  return faulty.faults;
}

/** Runs `body`, after which the process has as many descriptors as before: but for a few that a runtime opens for itself. */
export async function expectNoLeak(body: () => Promise<void>): Promise<void> {
  const before = openDescriptors();
  await body();
  await until(
    () => openDescriptors() <= before + 4,
    `there are ${before} descriptors as before, not ${openDescriptors()}`,
  );
}

/** Some kinds of fault, rare or frequent. */
function ratesOf(seed: number, random: Random): FaultRates {
  const rate = (most: number): number => (random.next() < 0.4 ? 0 : random.next() ** 2 * most);
  return {
    again: rate(0.6),
    interrupted: rate(0.4),
    short: rate(0.8),
    noMemory: rate(0.1),
    aborted: rate(0.3),
    noAccept: rate(0.02),
    // Over a path nothing tells the socket of a client that gave up from another's.
    noSocket: isUnix(seed) ? 0 : rate(0.2),
  };
}

async function playSeed(runtime: Runtime, random: Random, seed: number): Promise<void> {
  const street = await Street.open(runtime, addressOf(seed));
  const deadEnd = await Street.open(runtime, addressOf(seed, "-dead-end"));
  const dead = leadNowhere(runtime, deadEnd.address, random);
  const pairs = await Promise.all(Array.from({ length: pairsPerSeed }, () => street.pair()));
  const exchanged: Promise<void>[] = [];
  const players: (readonly [Player, Player])[] = [];
  for (const [client, served] of pairs) {
    if (random.next() < 0.3) exchanged.push(exchange(client, served, Math.floor(random.next() * 600_000), seed));
    else players.push([new Player(client, random), new Player(served, random)]);
  }
  for (let step = 0; step < steps; step++) {
    for (const pair of players) (random.next() < 0.5 ? pair[0] : pair[1]).act(random.next() < 0.3 ? 3 : 1);
    if (random.next() < 0.5) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const side of players.flat()) side.finish();
  await Promise.all(exchanged);
  for (const [a, b] of players) {
    const reasons = await Promise.all([a.recorder.closed, b.recorder.closed]);
    a.check(b, `seed ${seed}: ${reasons.join(", ")}`);
    b.check(a, `seed ${seed}: ${reasons.join(", ")}`);
  }
  await dead;
  await deadEnd.close();
  await street.close();
}

/** Both send as fast as the other takes it: a drain or an edge that is lost stops them for good. */
async function exchange(client: Recorder, served: Recorder, total: number, seed: number): Promise<void> {
  const results = await Promise.all([exchangePattern(client, total), exchangePattern(served, total)]);
  for (const { received, intact } of results) assert.deepEqual([received, intact], [total, true], `seed ${seed}`);
  const reasons = await Promise.all([client.closed, served.closed]);
  assert.deepEqual(reasons, ["ended", "ended"], `seed ${seed}`);
}

/** Connects that lead nowhere: refused, or given up at some moment. */
async function leadNowhere(runtime: Runtime, address: Address, random: Random): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await assert.rejects(connectTo(runtime, { kind: "tcp", host: "127.0.0.1", port: 1 }), ({ message }: Error) =>
      ["refused", "resources"].includes(message),
    );
    let givenUp = false;
    const pending = runtime.connect(
      { ...socketOptions, address },
      {
        onConnect: (socket) => {
          assert.ok(!givenUp, "a connect that was given up is not told");
          socket.destroy();
        },
        onConnectError: () => assert.ok(!givenUp, "a connect that was given up is not told"),
      },
    );
    if (random.next() < 0.5) await new Promise((resolve) => setTimeout(resolve, 0));
    pending.cancel();
    givenUp = true;
  }
}

/** Where a seed listens: IPv4, IPv6 or a path. */
function addressOf(seed: number, suffix = ""): Address {
  if (isUnix(seed)) return { kind: "unix", path: join(tmpdir(), `geryon-faults-${pid}-${seed}${suffix}.sock`) };
  return { kind: "tcp", host: seed % 4 === 2 ? "::1" : "127.0.0.1", port: 0 };
}

function isUnix(seed: number): boolean {
  return seed % 4 === 3;
}

/** A listener, and clients that know who serves them. */
class Street {
  readonly address: Address;
  readonly #runtime: Runtime;
  readonly #listener: Listener;
  readonly #strangers: Map<number, Recorder>;

  static async open(runtime: Runtime, address: Address): Promise<Street> {
    const strangers = new Map<number, Recorder>();
    const handler = {
      onAccept: (socket: Recorder["socket"]): void => {
        const { remoteAddress } = socket;
        // Over a path all clients look alike: there they come one by one.
        const port = remoteAddress.kind === "tcp" ? remoteAddress.port : 0;
        strangers.get(port)?.socket.destroy();
        strangers.set(port, new Recorder(socket));
      },
      onAcceptError: (code: string): void => assert.ok(expectedFailures.has(code), `accepting failed with ${code}`),
    };
    const listener = await insist(() => runtime.listen({ ...loopback, address }, handler));
    return new Street(runtime, listener, strangers);
  }

  private constructor(runtime: Runtime, listener: Listener, strangers: Map<number, Recorder>) {
    this.#runtime = runtime;
    this.#listener = listener;
    this.#strangers = strangers;
    this.address = listener.address;
  }

  #last: Promise<unknown> = Promise.resolve();

  /** A client and its socket at this end. Tries again where one of the two could not be had. */
  async pair(): Promise<readonly [Recorder, Recorder]> {
    if (this.address.kind === "tcp") return await this.#pairOnce();
    const pair = this.#last.then(() => this.#pairOnce());
    this.#last = pair;
    return await pair;
  }

  async #pairOnce(): Promise<readonly [Recorder, Recorder]> {
    while (true) {
      const client = await insist(() => connectTo(this.#runtime, this.address));
      const { localAddress } = client.socket;
      const port = localAddress.kind === "tcp" ? localAddress.port : 0;
      let gone = false;
      void Promise.race([client.closed, client.ended]).then(() => (gone = true));
      client.socket.resume();
      await until(() => gone || this.#strangers.has(port), "a client is accepted or turned away");
      const served = this.#strangers.get(port);
      this.#strangers.delete(port);
      if (served !== undefined && !gone) return [client, served];
      served?.socket.destroy();
      client.socket.destroy();
    }
  }

  async close(): Promise<void> {
    // Those of clients that gave up.
    for (const { socket } of this.#strangers.values()) socket.destroy();
    await this.#listener.close();
    if (this.address.kind === "unix") rmSync(this.address.path, { force: true });
  }
}

/** Tries again what may fail by a fault. */
async function insist<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const { code, message } = error as Error & { code?: string };
      if (!expectedFailures.has(code ?? message)) throw error;
    }
  }
  throw new Error("Faults never end");
}

async function within(play: Promise<void>, what: string): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`Gave up waiting until ${what}`)), 20_000);
  });
  try {
    await Promise.race([play, late]);
  } finally {
    clearTimeout(timer);
  }
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
