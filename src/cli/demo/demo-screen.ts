import process from "node:process";
import type { Timer } from "../../core/runtime/clock.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";
import type { Terminal } from "../terminal.ts";
import type { DemoEvent } from "./demo-event.ts";
import type { DemoRun } from "./demo-run.ts";
import { DemoSampler, eventText, statusText, tableLines } from "./demo-view.ts";

/** Shows a demo while it runs. */
export interface DemoScreen extends Disposable {
  /** Begins to show it. */
  show(demo: DemoRun): void;
  event(event: DemoEvent): void;
  /** Leaves the last state and the terminal as it was; harmless when repeated. */
  close(): void;
}

const tableEveryMs = 250;
/** Shares jump with each sample; over a second and a half they do not. */
const tableShareSamples = 6;
const shownEvents = 4;
const hideCursor = "\x1b[?25l";
const showCursor = "\x1b[?25h";

/** A table that is rewritten in place. */
export class TableScreen implements DemoScreen {
  readonly #terminal: Terminal;
  readonly #runtime: Runtime;
  readonly #events: DemoEvent[] = [];
  readonly #onExit = (): void => this.close();
  #sampler: DemoSampler | undefined;
  #demo: DemoRun | undefined;
  #timer: Timer | undefined;
  #linesAbove = 0;
  #closed = false;

  constructor(terminal: Terminal, runtime: Runtime) {
    this.#terminal = terminal;
    this.#runtime = runtime;
  }

  show(demo: DemoRun): void {
    this.#demo = demo;
    this.#sampler = new DemoSampler(demo, tableShareSamples);
    // Whatever ends the process, an error included, the cursor comes back.
    process.on("exit", this.#onExit);
    this.#terminal.out(hideCursor);
    this.#draw();
  }

  event(event: DemoEvent): void {
    this.#events.push(event);
    if (this.#events.length > shownEvents) this.#events.shift();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    process.off("exit", this.#onExit);
    if (this.#demo !== undefined) this.#terminal.out(showCursor);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #draw(): void {
    if (this.#demo === undefined || this.#sampler === undefined) return;
    const lines = tableLines(this.#demo, this.#sampler.take(), this.#events, this.#terminal);
    const up = this.#linesAbove === 0 ? "" : `\x1b[${this.#linesAbove}A`;
    // Each line clears what is right of it, the last what is below.
    this.#terminal.out(`${up}\r${lines.map((line) => `${line}\x1b[K\n`).join("")}\x1b[J`);
    this.#linesAbove = lines.length;
    this.#timer = this.#runtime.clock.after(tableEveryMs, () => this.#draw());
  }
}

/** A line for each event, and one for the state every now and then. */
export class LineScreen implements DemoScreen {
  readonly #terminal: Terminal;
  readonly #runtime: Runtime;
  readonly #statusEveryMs: number;
  #sampler: DemoSampler | undefined;
  #timer: Timer | undefined;

  constructor(terminal: Terminal, runtime: Runtime, statusEveryMs: number) {
    this.#terminal = terminal;
    this.#runtime = runtime;
    this.#statusEveryMs = statusEveryMs;
  }

  show(demo: DemoRun): void {
    this.#sampler = new DemoSampler(demo, 1);
    this.#sampler.take();
    this.#schedule();
  }

  event(event: DemoEvent): void {
    this.#terminal.out(eventText(event));
  }

  close(): void {
    this.#timer?.cancel();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #schedule(): void {
    this.#timer = this.#runtime.clock.after(this.#statusEveryMs, () => {
      if (this.#sampler !== undefined) this.#terminal.out(statusText(this.#sampler.take()));
      this.#schedule();
    });
  }
}
