/** Any order of calls on two connected sockets keeps the contract: sequences made from seeds. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Random } from "../../src/core/runtime/clock.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { seededRandom } from "../support/fake-clock.ts";
import { isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import { Acceptor, connect, type Recorder } from "../support/sockets.ts";

const seeds = 150;

/** Registers the suite for one implementation of the port. */
export function socketFuzz(name: string, runtime: Runtime): void {
  describe(`socket fuzz: ${name}`, () => {
    it(`${seeds} sequences of write, pause, resume, end, reset and destroy`, { timeout: 120_000 }, async () => {
      await using acceptor = await Acceptor.open(runtime);
      for (let seed = 1; seed <= seeds; seed++) {
        const client = await connect(runtime, acceptor.port);
        const served = await acceptor.accepted();
        const random = seededRandom(seed);
        const sides = [new Player(client, random), new Player(served, random)] as const;
        for (let step = 0; step < 40; step++) {
          const side = random.next() < 0.5 ? sides[0] : sides[1];
          side.act(seed);
          if (random.next() < 0.3) await new Promise((resolve) => setTimeout(resolve, 0));
        }
        for (const side of sides) side.finish();
        const reasons = await Promise.all(sides.map(({ recorder }) => recorder.closed));
        const [a, b] = sides;
        a.check(b, `seed ${seed}: ${reasons.join(", ")}`);
        b.check(a, `seed ${seed}: ${reasons.join(", ")}`);
      }
    });
  });
}

/** One end: plays at random, and checks what it gets. */
class Player {
  readonly recorder: Recorder;
  readonly #random: Random;
  #sent = 0;
  #received = 0;
  #intact = true;
  #paused = true;
  #pausedData = false;
  #aborted = false;
  #ended = false;
  #finished = false;

  constructor(recorder: Recorder, random: Random) {
    this.recorder = recorder;
    this.#random = random;
    recorder.whenData = (bytes) => {
      this.#pausedData ||= this.#paused;
      this.#intact &&= isPattern(this.#received, bytes);
      this.#received += bytes.byteLength;
      // Calls from inside an event are where adapters stumble.
      if (!this.#finished && random.next() < 0.1) this.act(1);
    };
    this.#resume();
  }

  /** One step: mostly writes and pauses, an end in ten; an abort only in every third sequence. */
  act(seed: number): void {
    const { socket } = this.recorder;
    const dice = this.#random.next();
    if (dice < 0.55) this.#write();
    else if (dice < 0.7) this.#pause();
    else if (dice < 0.88) this.#resume();
    else if (dice < 0.96) this.#end();
    else if (seed % 3 === 0) {
      this.#aborted = true;
      if (dice < 0.98) socket.reset();
      else socket.destroy();
    }
  }

  /** Lets what is under way come to its end. */
  finish(): void {
    this.#finished = true;
    this.#resume();
    this.#end();
  }

  check(peer: Player, message: string): void {
    const { events } = this.recorder;
    const closes = events.filter((event) => event.startsWith("close"));
    assert.equal(closes.length, 1, `${message}: one close, not ${events.join(" ")}`);
    assert.equal(events.at(-1), closes[0], `${message}: the close is last`);
    assert.ok(events.filter((event) => event === "end").length <= 1, `${message}: one end`);
    assert.ok(!events.includes("REENTERED"), `${message}: no event inside a call`);
    assert.ok(this.#intact, `${message}: what came is what was sent, in order`);
    assert.ok(!this.#pausedData, `${message}: no data while paused`);
    if (!this.#aborted && !peer.#aborted) assert.equal(this.#received, peer.#sent, `${message}: all of it`);
  }

  #write(): void {
    if (this.#ended) return;
    const length = Math.floor(this.#random.next() ** 4 * 300_000) + 1;
    for (let left = length; left > 0;) {
      const chunk = patternBytes(this.#sent, left);
      this.recorder.socket.write(chunk);
      this.#sent += chunk.byteLength;
      left -= chunk.byteLength;
    }
  }

  #end(): void {
    this.#ended = true;
    this.recorder.socket.end();
  }

  #pause(): void {
    this.#paused = true;
    this.recorder.socket.pause();
  }

  #resume(): void {
    this.#paused = false;
    this.recorder.socket.resume();
  }
}
