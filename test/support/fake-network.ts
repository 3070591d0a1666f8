import type { ConnectHandler, ConnectOptions, ResolveHandler, Runtime } from "../../src/core/runtime/runtime.ts";
import { ignoreSocket, type Socket, type SocketHandler } from "../../src/core/runtime/socket.ts";
import { FakeClock, seededRandom } from "./fake-clock.ts";

/** A connect that waits until the test answers it. */
export class FakeConnect {
  readonly options: ConnectOptions;
  readonly handler: ConnectHandler;
  readonly atMs: number;
  cancelled = false;

  constructor(options: ConnectOptions, handler: ConnectHandler, atMs: number) {
    this.options = options;
    this.handler = handler;
    this.atMs = atMs;
  }

  /** Where to, as `host:port`, or the path. */
  get target(): string {
    const { address } = this.options;
    return address.kind === "unix" ? address.path : `${address.host}:${address.port}`;
  }

  /** Succeeds, with a new socket. */
  succeed(): FakeSocket {
    const socket = new FakeSocket();
    this.handler.onConnect(socket);
    return socket;
  }
}

/** A socket that keeps what is written. */
export class FakeSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly remoteAddress = { kind: "tcp", host: "192.0.2.1", port: 80 } as const;
  readonly localAddress = { kind: "tcp", host: "192.0.2.2", port: 40_000 } as const;
  readonly bufferedBytes = 0;
  written = "";
  resumed = false;
  ended = false;
  destroyed = false;

  write(bytes: Uint8Array): boolean {
    this.written += new TextDecoder().decode(bytes);
    return true;
  }

  pause(): void {
    this.resumed = false;
  }

  resume(): void {
    this.resumed = true;
  }

  end(): void {
    this.ended = true;
  }

  reset(): void {
    this.destroyed = true;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** A look-up that waits until the test answers it. */
export interface FakeLookUp {
  readonly host: string;
  readonly handler: ResolveHandler;
  cancelled: boolean;
}

/** A runtime whose connects and look-ups are held until the test answers them, and whose time stands still. */
export class FakeNetwork {
  readonly clock = new FakeClock();
  readonly connects: FakeConnect[] = [];
  readonly lookUps: FakeLookUp[] = [];
  readonly runtime: Runtime = {
    clock: this.clock,
    random: seededRandom(1),
    connect: (options: ConnectOptions, handler: ConnectHandler) => {
      const connect = new FakeConnect(options, handler, this.clock.now());
      this.connects.push(connect);
      return { cancel: () => void (connect.cancelled = true) };
    },
    resolve: (host: string, handler: ResolveHandler) => {
      const lookUp: FakeLookUp = { host, handler, cancelled: false };
      this.lookUps.push(lookUp);
      return { cancel: () => void (lookUp.cancelled = true) };
    },
  } as unknown as Runtime;

  /** Where the connects went so far, in order. */
  get targets(): string[] {
    return this.connects.map(({ target }) => target);
  }
}

/** Notes how connects went, in order: `connected`, or the failure's name. */
export class ConnectNotes implements ConnectHandler {
  readonly notes: string[] = [];
  socket: Socket | undefined;

  onConnect(socket: Socket): void {
    this.socket = socket;
    this.notes.push("connected");
  }

  onConnectError(failure: string): void {
    this.notes.push(failure);
  }
}
