import assert from "node:assert/strict";
import type { Random } from "../../src/core/runtime/clock.ts";
import { isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import type { Recorder } from "./sockets.ts";

/** One end: plays at random, and checks what it gets. */
export class Player {
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
    if (this.#aborted || peer.#aborted) {
      assert.ok(this.#received <= peer.#sent, `${message}: nothing that was not sent`);
    } else {
      assert.equal(this.#received, peer.#sent, `${message}: all of it`);
      assert.ok(closes[0] === "close ended" && events.includes("end"), `${message}: two FINs`);
    }
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
