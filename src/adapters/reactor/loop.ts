import { setImmediate, setTimeout } from "node:timers";
import type { Bell } from "./bell.ts";
import type { Outbox } from "./outbox.ts";
import type { Poll } from "./poll.ts";
import { throwLater } from "./throw-later.ts";

/** Who has something to do that must not be done before its user's call returns. */
export interface Task {
  onTurn(): void;
}

/** While there is work, the runtime's loop has its turn after this long: promises, timers, messages. */
const sliceMs = 1;
/** After so many tasks it is looked whether the slice is over: one may move a mebibyte. */
const tasksPerLook = 8;
/** Events that follow each other faster than this are waited for in epoll_wait, the others in the runtime's loop. */
const burstMs = 2;
/** Without a bell, the reactor looks for itself this often. */
const retryMs = 10;

/**
 * One thread, two loops, each with its turn.
 *
 * With nothing to do, the thread waits in the runtime's loop, with the runtime's timers, signals and messages as exact as
 * ever; the `Bell` rings there when something happens to one of our descriptors. Then the reactor serves what happens, in
 * slices of `sliceMs`, as long as something does: within them it waits in epoll_wait itself, for a millisecond at most,
 * because the way through the runtime's loop costs as much as a message does.
 */
export class Loop {
  readonly #poll: Poll;
  readonly #bell: Bell;
  readonly #outbox: Outbox;
  readonly #now: () => number;
  readonly #turnsByBell: boolean;
  #tasks: Task[] = [];
  #spare: Task[] = [];
  #users = 0;
  #scheduled = false;
  #stopped = false;
  /** When something last happened. */
  lastMs = 0;

  /**
   * `turnsByBell`: what is left to do waits for a bell that is rung, and not for an immediate. A runtime that must wait for
   * the bell looks at all its own sockets (see `Libc.immediatesStarveSockets`).
   */
  constructor(
    { poll, bell, outbox }: { readonly poll: Poll; readonly bell: Bell; readonly outbox: Outbox },
    now: () => number,
    turnsByBell: boolean,
  ) {
    this.#poll = poll;
    this.#bell = bell;
    this.#outbox = outbox;
    this.#now = now;
    this.#turnsByBell = turnsByBell;
    const ring = (): void => {
      if (turnsByBell) this.#scheduled = false;
      if (!this.#serve() && !this.#scheduled) bell.mute();
    };
    // Where turns come by the bell, it must not be loaded again while it rings: the runtime would read on, and never wait.
    bell.onRing = turnsByBell ? () => setImmediate(ring) : ring;
  }

  /** A descriptor is watched, and keeps the process alive; `release` when it is no more. */
  hold(): void {
    if (this.#users++ === 0) this.#bell.keepAlive(true);
    this.#schedule();
  }

  release(): void {
    if (--this.#users === 0) this.#bell.keepAlive(false);
  }

  /** Calls the task in the next turn, before anything is waited for. */
  soon(task: Task): void {
    this.#tasks.push(task);
    this.#schedule();
  }

  /** It has nothing to do, and waits for the bell. */
  get rests(): boolean {
    return !this.#scheduled;
  }

  /** No turn comes any more. */
  stop(): void {
    this.#stopped = true;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (!this.#turnsByBell) setImmediate(this.#turn);
    else if (!this.#bell.ringSoon()) setTimeout(this.#turn, retryMs);
  }

  readonly #turn = (): void => {
    this.#scheduled = false;
    this.#serve();
  };

  /** Answers whether anything happened. */
  #serve(): boolean {
    if (this.#stopped) return true;
    this.#bell.disarm();
    let nowMs = this.#now();
    const endMs = nowMs + sliceMs;
    let happened = false;
    const outbox = this.#outbox;
    outbox.open = true;
    try {
      while (nowMs < endMs) {
        const worked = this.#runTasks(endMs);
        outbox.flush();
        const inBurst = nowMs - this.lastMs < burstMs;
        const count = this.#poll.wait(worked || this.#tasks.length > 0 || !inBurst ? 0 : sliceMs);
        if (count > 0) this.#poll.dispatch(count);
        outbox.flush();
        nowMs = this.#now();
        happened ||= worked || count > 0;
        if (count > 0) this.lastMs = nowMs;
        else if (!worked && (!inBurst || nowMs >= endMs)) break;
      }
    } finally {
      outbox.open = false;
      // An epoll that fails must not end the turns of all.
      this.#rest(nowMs);
    }
    return happened;
  }

  #rest(nowMs: number): void {
    if (this.#tasks.length > 0 || nowMs - this.lastMs < burstMs) this.#schedule();
    else if (this.#users > 0 && !this.#scheduled && !this.#bell.arm()) {
      this.#scheduled = true;
      setTimeout(this.#turn, retryMs);
    }
  }

  /** Answers whether there were any. Those that the slice has no time for come first in the next. */
  #runTasks(endMs: number): boolean {
    if (this.#tasks.length === 0) return false;
    const tasks = this.#tasks;
    this.#tasks = this.#spare;
    this.#spare = tasks;
    for (let index = 0; index < tasks.length; index++) {
      try {
        tasks[index]?.onTurn();
      } catch (error) {
        throwLater(error);
      }
      if (index % tasksPerLook === tasksPerLook - 1 && this.#now() >= endMs) {
        this.#tasks = [...tasks.slice(index + 1), ...this.#tasks];
        break;
      }
    }
    tasks.length = 0;
    return true;
  }
}
