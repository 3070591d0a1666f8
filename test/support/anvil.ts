import { Counter } from "../../src/core/memory/counter.ts";
import type { SharedMemory } from "../../src/core/memory/shared-memory.ts";
import { Total } from "../../src/core/memory/total.ts";
import { Word } from "../../src/core/memory/word.ts";

/** What threads hammer on all at once. */
export class Anvil {
  readonly limit = 5;
  readonly total: Total;
  readonly entered: Counter;
  /** How often a thread saw more than the limit, or less than it held itself. */
  readonly wrong: Counter;
  /** As `entered`, 32 bits of it. */
  readonly turns: Word;
  readonly highest: Word;
  readonly over: Word;
  /** The worker that is to throw, whatever it holds; -1 for none. */
  readonly doomed: Word;

  constructor(memory: SharedMemory) {
    this.total = new Total(memory);
    this.entered = new Counter(memory);
    this.wrong = new Counter(memory);
    this.turns = new Word(memory);
    this.highest = new Word(memory);
    this.over = new Word(memory);
    this.doomed = new Word(memory);
  }

  /** Enters and leaves until it is over; returns how many it still holds. Throws when `worker` is doomed. */
  hammer(worker: number): number {
    let held = 0;
    for (let turn = 0; this.over.value === 0; turn++) {
      // Now more, now less: each holds some of them at times, or all, or none.
      const wanted = (turn * 2_654_435_761) % (this.limit + 1);
      while (held > wanted) {
        this.total.leave();
        held--;
      }
      while (held < wanted && this.total.enter(this.limit)) {
        held++;
        this.entered.add(1);
        this.turns.add(1);
      }
      if (this.doomed.value === worker) throw new Error("Doomed");
      const { value } = this.total;
      if (value > this.limit || value < held || this.total.own !== held) this.wrong.add(1);
      this.highest.raise(value);
    }
    return held;
  }
}
