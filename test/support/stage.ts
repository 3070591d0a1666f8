/** Endpoints that misbehave on cue, and clients that notice: for scenarios over real sockets, in tests and in bench. */
import net from "node:net";

/** What an endpoint does with a connection: `answer` after `delayMs`, `close` or `reset` it at once, or stay `silent`. */
export type StageMode = "answer" | "close" | "reset" | "silent";

const question = Buffer.from("Hello, there!");

/** An endpoint that answers each question of 13 bytes with its own 13 bytes and FIN, until it is told otherwise. */
export class StageEndpoint {
  mode: StageMode = "answer";
  delayMs: number;
  /** Connections that got their answer. */
  served = 0;
  /** All connections. */
  accepted = 0;
  readonly #sockets = new Set<net.Socket>();
  #server: net.Server;
  #port = 0;

  static async open(options: { readonly delayMs?: number; readonly mode?: StageMode } = {}): Promise<StageEndpoint> {
    const endpoint = new StageEndpoint(options.delayMs ?? 0);
    endpoint.mode = options.mode ?? "answer";
    await endpoint.up();
    return endpoint;
  }

  private constructor(delayMs: number) {
    this.delayMs = delayMs;
    this.#server = this.#makeServer();
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, on the same port each time. */
  async up(): Promise<void> {
    if (this.#server.listening) return;
    this.#server = this.#makeServer();
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ port: this.#port, host: "127.0.0.1", backlog: 1024 }, resolve);
    });
    this.#port = (this.#server.address() as net.AddressInfo).port;
  }

  /** Stops listening and resets what runs, as a crash does. */
  async down(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#server.listening) await this.down();
  }

  #makeServer(): net.Server {
    return net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#serve(socket));
  }

  #serve(socket: net.Socket): void {
    this.accepted++;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => this.#sockets.delete(socket));
    if (this.mode === "close") socket.destroy();
    else if (this.mode === "reset") socket.resetAndDestroy();
    else this.#converse(socket);
  }

  #converse(socket: net.Socket): void {
    let bytes = 0;
    socket.on("end", () => socket.end());
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes < question.byteLength || this.mode === "silent") return;
      bytes = 0;
      const answer = (): void => {
        if (socket.destroyed) return;
        this.served++;
        socket.end(question);
      };
      if (this.delayMs === 0) answer();
      else setTimeout(answer, this.delayMs);
    });
  }
}

/** How one question went: `ok`, or the error's code, or `cut` when the end came before the answer. */
export interface Asked {
  readonly result: string;
  readonly ms: number;
}

/** Connects, asks, and waits for the answer and its end. */
export function askOnce(port: number, options: { readonly localAddress?: string } = {}): Promise<Asked> {
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true, ...options });
    let bytes = 0;
    let failure = "";
    socket.on("connect", () => socket.write(question));
    socket.on("data", (chunk: Buffer) => (bytes += chunk.byteLength));
    socket.on("end", () => socket.end());
    socket.on("error", (error: Error & { code?: string }) => (failure = error.code ?? error.message));
    socket.on("close", () => {
      const result = bytes === question.byteLength ? "ok" : failure === "" ? "cut" : failure;
      resolve({ result, ms: performance.now() - startedMs });
    });
  });
}

/** Clients that ask one question after another until they are stopped. */
export class StageCrowd {
  readonly asked: Asked[] = [];
  readonly #clients: readonly Promise<void>[];
  #stopped = false;

  constructor(port: number, clients: number) {
    // Each from an address of its own, for the policies that go by it.
    this.#clients = Array.from({ length: clients }, (_, index) => this.#run(port, `127.0.1.${index + 1}`));
  }

  /** How many questions were answered. */
  get answered(): number {
    return this.asked.filter((one) => one.result === "ok").length;
  }

  /** What went wrong, each time. */
  get failures(): string[] {
    return this.asked.filter((one) => one.result !== "ok").map((one) => one.result);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #run(port: number, localAddress: string): Promise<void> {
    while (!this.#stopped) {
      const asked = await askOnce(port, { localAddress });
      this.asked.push(asked);
      // Who is refused at once must not spin.
      if (asked.result !== "ok") await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/**
 * Questions at a fixed rate, whatever becomes of them, from 250 clients in turn: an answer's time counts from when its
 * question was due, and one that is not there yet counts with the time it has taken so far.
 */
export class StageStream {
  readonly asked: Asked[] = [];
  readonly #port: number;
  readonly #everyMs: number;
  readonly #startedMs: number = performance.now();
  /** When the questions were due that wait for their answer. */
  readonly #waiting = new Map<number, number>();
  readonly #timer: NodeJS.Timeout;
  #issued = 0;

  constructor(port: number, perSecond: number) {
    this.#port = port;
    this.#everyMs = 1000 / perSecond;
    this.#timer = setInterval(() => this.#ask(), 5);
  }

  /** How long the questions have waited that still do. */
  get waitingMs(): number[] {
    return [...this.#waiting.values()].map((dueMs) => performance.now() - dueMs);
  }

  /** Asks nothing more; resolves when nothing waits. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    while (this.#waiting.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  #ask(): void {
    const now = performance.now();
    for (; this.#startedMs + this.#issued * this.#everyMs <= now; this.#issued++) {
      const number = this.#issued;
      const dueMs = this.#startedMs + number * this.#everyMs;
      this.#waiting.set(number, dueMs);
      void askOnce(this.#port, { localAddress: `127.0.1.${1 + (number % 250)}` }).then(({ result }) => {
        this.#waiting.delete(number);
        this.asked.push({ result, ms: performance.now() - dueMs });
      });
    }
  }
}
