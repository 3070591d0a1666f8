import type { Pending } from "../../src/core/runtime/runtime.ts";
import type { Dice } from "./dice.ts";
import type { SimHost } from "./sim-host.ts";
import { SimLoop } from "./sim-loop.ts";

/** A thread of a simulated process: its loop, and what is over with it. */
export class SimThread {
  readonly host: SimHost;
  readonly loop: SimLoop;
  readonly dice: Dice;
  /** Connects and look-ups that it has under way. */
  readonly pendings: Set<Pending> = new Set<Pending>();
  gone = false;
  /** How much is on its way to it from other threads. */
  expects = 0;

  /** `clockAheadMs`: where its monotonic clock starts, later than others'. */
  constructor(host: SimHost, dice: Dice, timerLatenessMs: number, clockAheadMs = 0) {
    this.host = host;
    this.dice = dice;
    this.loop = new SimLoop(host.network.queue, dice, timerLatenessMs, clockAheadMs);
  }

  /** Its sockets that are open. */
  get sockets(): number {
    let count = 0;
    for (const socket of this.host.sockets) if (socket.thread === this && !socket.gone) count++;
    return count;
  }

  /** Another thread tells it something: it is called in a turn of its own, `delayMs` later. */
  tell(delayMs: number, task: () => void): void {
    this.expects++;
    const { loop, host } = this;
    const runReady = (): void => {
      this.expects--;
      host.network.queue.promises++;
      task();
    };
    host.network.queue.after(delayMs, () => loop.wake({ runReady }));
  }

  /** It is gone from one moment to the next: no timer fires, no callback is called, and the kernel closes its sockets. */
  die(): void {
    this.gone = true;
    this.loop.stop();
    for (const pending of [...this.pendings]) pending.cancel();
    for (const listener of [...this.host.listeners]) if (listener.thread === this) void listener.close();
    for (const socket of [...this.host.sockets]) if (socket.thread === this) socket.orphan();
  }
}
