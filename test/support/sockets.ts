/** Handlers and peers for tests that talk over real sockets. */
import net from "node:net";
import type { ConnectFailure, Listener, ListenOptions, Runtime } from "../../src/core/runtime/runtime.ts";
import type { CloseReason, Socket, SocketHandler } from "../../src/core/runtime/socket.ts";

export const socketOptions = { keepAliveMs: 0, highWaterMarkBytes: 64 * 1024 };

export const loopback: ListenOptions = {
  ...socketOptions,
  address: { kind: "tcp", host: "127.0.0.1", port: 0 },
  backlog: 511,
  ipv6Only: false,
  reusePort: false,
};

/** Records what a socket tells, in order, and turns each event into a promise. */
export class Recorder implements SocketHandler {
  readonly socket: Socket;
  readonly events: string[] = [];
  bytes = 0;
  lastByte = -1;
  drains = 0;
  /** Called for each chunk, after it is counted. */
  whenData: (bytes: Uint8Array) => void = () => {};
  whenDrain: () => void = () => {};
  readonly ended: Promise<void>;
  readonly closed: Promise<CloseReason>;
  #resolveEnded!: () => void;
  #resolveClosed!: (reason: CloseReason) => void;
  /** Set while a method of the socket runs: an event in that time breaks the contract. */
  insideCall = false;

  constructor(socket: Socket) {
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.socket = guardReentrance(socket, this);
    socket.handler = this;
  }

  onData(bytes: Uint8Array): void {
    this.#note("data");
    this.bytes += bytes.byteLength;
    this.lastByte = bytes.at(-1) ?? -1;
    this.whenData(bytes);
  }

  onDrain(): void {
    this.#note("drain");
    this.drains++;
    this.whenDrain();
  }

  onEnd(): void {
    this.#note("end");
    this.#resolveEnded();
  }

  onClose(reason: CloseReason): void {
    this.#note(`close ${reason}`);
    this.#resolveClosed(reason);
  }

  #note(event: string): void {
    if (this.insideCall) this.events.push("REENTERED");
    if (this.events.at(-1) !== event || event !== "data") this.events.push(event);
  }
}

/** The same socket, whose methods tell the recorder that they run. */
function guardReentrance(socket: Socket, recorder: Recorder): Socket {
  return new Proxy(socket, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const outer = recorder.insideCall;
        recorder.insideCall = true;
        try {
          return Reflect.apply(value, target, args);
        } finally {
          recorder.insideCall = outer;
        }
      };
    },
    set(target, name, value) {
      return Reflect.set(target, name, value, target);
    },
  });
}

/** A listener that hands out what it accepted, one `accepted()` at a time. */
export class Acceptor {
  readonly listener: Listener;
  readonly #waiting: ((recorder: Recorder) => void)[];
  readonly #queue: Recorder[];

  static async open(runtime: Runtime, options: ListenOptions = loopback): Promise<Acceptor> {
    const waiting: ((recorder: Recorder) => void)[] = [];
    const queue: Recorder[] = [];
    const listener = await runtime.listen(options, {
      onAccept(socket) {
        const recorder = new Recorder(socket);
        const next = waiting.shift();
        if (next === undefined) queue.push(recorder);
        else next(recorder);
      },
      onAcceptError(code) {
        throw new Error(`Accept failed: ${code}`);
      },
    });
    return new Acceptor(listener, waiting, queue);
  }

  private constructor(listener: Listener, waiting: ((recorder: Recorder) => void)[], queue: Recorder[]) {
    this.listener = listener;
    this.#waiting = waiting;
    this.#queue = queue;
  }

  get port(): number {
    const { address } = this.listener;
    if (address.kind !== "tcp") throw new Error("Not a TCP listener");
    return address.port;
  }

  accepted(): Promise<Recorder> {
    const ready = this.#queue.shift();
    return ready === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(ready);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.close();
  }
}

/** Connects through the port; rejects with the failure's name. */
export function connect(runtime: Runtime, port: number, sourceAddress?: string): Promise<Recorder> {
  return connectTo(runtime, { kind: "tcp", host: "127.0.0.1", port }, sourceAddress);
}

/** Connects through the port to any address; rejects with an error that has the failure's name as its message. */
export function connectTo(
  runtime: Runtime,
  address: Parameters<Runtime["connect"]>[0]["address"],
  sourceAddress?: string,
): Promise<Recorder> {
  return new Promise((resolve, reject) => {
    runtime.connect(
      { ...socketOptions, address, sourceAddress },
      {
        onConnect: (socket) => resolve(new Recorder(socket)),
        onConnectError: (failure: ConnectFailure) => reject(new Error(failure)),
      },
    );
  });
}

/** A plain client of `node:net`, which is the same on the three runtimes, to play the peer; a string is a unix path. */
export async function rawClient(where: number | string, host = "127.0.0.1"): Promise<RawPeer> {
  const target = typeof where === "string" ? { path: where } : { port: where, host };
  const socket = net.connect({ ...target, allowHalfOpen: true });
  const peer = new RawPeer(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return peer;
}

/** A client that may be turned away at once: it is not waited for, and its errors are only recorded. */
export function hopefulClient(port: number, host = "127.0.0.1"): RawPeer {
  return new RawPeer(net.connect({ port, host, allowHalfOpen: true }));
}

/** One end of a connection in the hands of a test. */
export class RawPeer {
  readonly socket: net.Socket;
  readonly chunks: Uint8Array[] = [];
  bytes = 0;
  error = "";
  readonly ended: Promise<void>;
  readonly closed: Promise<void>;

  constructor(socket: net.Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.once("end", resolve));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", (error: Error & { code?: string }) => (this.error = error.code ?? error.message));
    socket.on("data", (bytes: Uint8Array) => {
      this.bytes += bytes.byteLength;
      if (this.bytes < 1024 * 1024) this.chunks.push(bytes);
    });
  }

  text(): string {
    return new TextDecoder().decode(Buffer.concat(this.chunks));
  }
}

/** A listener of `node:net` whose accepted ends are `RawPeer`s. */
export class RawServer {
  readonly server: net.Server;
  readonly peers: RawPeer[] = [];
  #waiting: ((peer: RawPeer) => void)[] = [];

  static async open(listen: net.ListenOptions = { host: "127.0.0.1", port: 0 }): Promise<RawServer> {
    const raw = new RawServer();
    await new Promise<void>((resolve, reject) => {
      raw.server.once("error", reject);
      raw.server.listen(listen, resolve);
    });
    return raw;
  }

  private constructor() {
    this.server = net.createServer({ allowHalfOpen: true }, (socket) => {
      const peer = new RawPeer(socket);
      this.peers.push(peer);
      this.#waiting.shift()?.(peer);
    });
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port;
  }

  /** The next connection that comes in. */
  next(): Promise<RawPeer> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const peer of this.peers) peer.socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** Resolves when `condition` holds; looks again on each turn of the event loop, and gives up after `timeoutMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Gave up after ${timeoutMs} ms waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The next turns of the event loop, for what must *not* happen in them. */
export async function aFewTurns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 3));
}
