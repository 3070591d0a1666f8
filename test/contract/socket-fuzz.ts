/** Any order of calls on two connected sockets keeps the contract: sequences made from seeds. */
import { describe, it } from "node:test";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { seededRandom } from "../support/fake-clock.ts";
import { Player } from "../support/player.ts";
import { Acceptor, connect } from "../support/sockets.ts";

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
