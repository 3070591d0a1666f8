/** A TCP port that swallows SYNs, as a firewall or a dead host does: connects to it hang. */
import net from "node:net";
import { repositoryFile, Running } from "./geryon.ts";
import { until } from "./sockets.ts";

/**
 * A stopped process whose accept queue is full: the kernel drops further SYNs (listen(2), tcp_abort_on_overflow 0).
 * Always Node: Bun does not honour a small backlog.
 */
export class BlackHole {
  readonly port: number;
  readonly #process: Running;
  readonly #fillers: readonly net.Socket[];

  static async open(): Promise<BlackHole> {
    const script = `require("net").createServer((s) => s.on("error", () => {}).pipe(s))
      .listen({ port: 0, host: "127.0.0.1", backlog: 1 }, function () { console.log("port " + this.address().port) })`;
    const running = new Running([repositoryFile("node_modules/.bin/node"), "-e", script]);
    await running.says("port ");
    await until(() => running.stdout.endsWith("\n"), "the whole line is here");
    const port = Number(running.stdout.slice("port ".length));
    running.signal("SIGSTOP");
    // Linux lets one more than the backlog in, and completes a handshake or two beyond.
    const fillers = Array.from({ length: 4 }, () => net.connect({ port, host: "127.0.0.1" }).on("error", () => {}));
    await until(() => fillers.filter((one) => !one.connecting).length >= 2, "the queue is full");
    return new BlackHole(port, running, fillers);
  }

  private constructor(port: number, running: Running, fillers: readonly net.Socket[]) {
    this.port = port;
    this.#process = running;
    this.#fillers = fillers;
  }

  /** Wakes the process up: hanging connects are answered when the kernel sends their next SYN, within some seconds. */
  answer(): void {
    this.#process.signal("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const filler of this.#fillers) filler.destroy();
    this.#process.signal("SIGCONT");
    await this.#process[Symbol.asyncDispose]();
  }
}
