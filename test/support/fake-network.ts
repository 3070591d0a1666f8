import type { Address } from "../../src/core/runtime/address.ts";
import {
  type ConnectHandler,
  type ConnectOptions,
  type Listener,
  ListenError,
  type ListenHandler,
  type ListenOptions,
  type ResolveHandler,
  type Runtime,
} from "../../src/core/runtime/runtime.ts";
import { ignoreSocket, type Socket, type SocketHandler } from "../../src/core/runtime/socket.ts";
import { FakeClock, seededRandom } from "./fake-clock.ts";

/** What port 0 becomes. */
export const chosenPort = 50_000;

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

/** A bound address to which nobody comes but by the test. */
export class FakeListener implements Listener {
  readonly address: Address;
  readonly options: ListenOptions;
  readonly handler: ListenHandler;
  closed = false;

  constructor(address: Address, options: ListenOptions, handler: ListenHandler) {
    this.address = address;
    this.options = options;
    this.handler = handler;
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

/** A runtime whose connects and look-ups are held until the test answers them, and whose time stands still. */
export class FakeNetwork {
  readonly clock = new FakeClock();
  /** All that were ever bound, in order. */
  readonly listeners: FakeListener[] = [];
  /** Ports that somebody else has. */
  readonly portsInUse = new Set<number>();
  /** A bind takes until then. */
  binding: Promise<void> = Promise.resolve();
  readonly connects: FakeConnect[] = [];
  readonly lookUps: FakeLookUp[] = [];
  readonly runtime: Runtime = {
    io: "runtime",
    clock: this.clock,
    random: seededRandom(1),
    resources: () => ({ openDescriptors: 20, maxDescriptors: 1000, memoryBytes: 100, maxMemoryBytes: 1000 }),
    listen: async (options: ListenOptions, handler: ListenHandler) => {
      await this.binding;
      const { address } = options;
      if (address.kind === "tcp" && this.portsInUse.has(address.port)) {
        throw new ListenError(address, "EADDRINUSE", "in use");
      }
      const bound = address.kind === "tcp" && address.port === 0 ? { ...address, port: chosenPort } : address;
      const listener = new FakeListener(bound, options, handler);
      this.listeners.push(listener);
      return listener;
    },
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

  /** Those that are bound now. */
  get bound(): FakeListener[] {
    return this.listeners.filter(({ closed }) => !closed);
  }

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
