/** `relayTo`: what comes goes to the peer, past the user where the adapter has a shorter way. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { isPattern } from "../../src/cli/load/pattern.ts";
import type { Listener, Runtime } from "../../src/core/runtime/runtime.ts";
import type { CloseReason, Socket, SocketHandler } from "../../src/core/runtime/socket.ts";
import { exchangePattern, writePattern } from "../support/pattern-traffic.ts";
import { needs } from "./needs.ts";
import { Acceptor, connect, loopback, type Recorder, socketOptions, until } from "../support/sockets.ts";

/** What a side may hold: what a pipe does, the high-water mark, and what one read brings. */
const maxHeldBytes = 2 * 1024 * 1024;

/** Registers the suite for one implementation of the port. */
export function relayContract(name: string, runtime: Runtime): void {
  const resets = { timeout: 60_000, ...needs(runtime, "reset") };
  describe(`relay contract: ${name}`, () => {
    it("carries 64 MiB both ways at once, and each FIN behind them", { timeout: 120_000 }, async () => {
      await using relay = await Relay.open(runtime);
      const total = 64 * 1024 * 1024;
      const [client, origin] = await relay.connect();
      const results = await Promise.all([client, origin].map((side) => exchangePattern(side, total)));
      for (const { received, intact } of results) assert.deepEqual([received, intact], [total, true]);
      assert.deepEqual(await Promise.all([client.closed, origin.closed]), ["ended", "ended"]);
      assert.deepEqual(
        relay.halves.map((half) => half.bytes),
        [total, total],
      );
      assert.deepEqual(await Promise.all(relay.halves.map((half) => half.closed)), ["ended", "ended"]);
    });

    it("small and large by turns arrive in order", { timeout: 60_000 }, async () => {
      await using relay = await Relay.open(runtime);
      const [client, origin] = await relay.connect();
      let received = 0;
      let intact = true;
      origin.whenData = (bytes) => {
        intact &&= isPattern(received, bytes);
        received += bytes.byteLength;
      };
      origin.socket.resume();
      let sent = 0;
      for (let round = 0; round < 12; round++) {
        for (const size of [1, 13, 4 * 1024 * 1024, 100, 70_000]) {
          const before = sent;
          await new Promise<void>((resolve) => {
            writePattern(client, size, resolve, before);
          });
          sent += size;
          if (size < 1000) await until(() => received === sent, "all is there");
        }
      }
      client.socket.end();
      await origin.ended;
      assert.deepEqual([received, intact], [sent, true]);
    });

    it("holds a fast sender back for a slow reader, and loses nothing", { timeout: 60_000 }, async () => {
      await using relay = await Relay.open(runtime);
      const total = 48 * 1024 * 1024;
      const [client, origin] = await relay.connect();
      let received = 0;
      let intact = true;
      origin.whenData = (bytes) => {
        intact &&= isPattern(received, bytes);
        received += bytes.byteLength;
        // A rest after each few mebibytes.
        if (received % (8 * 1024 * 1024) < bytes.byteLength) {
          origin.socket.pause();
          setTimeout(() => origin.socket.resume(), 30);
        }
      };
      writePattern(client, total, () => client.socket.end());
      origin.socket.resume();
      await origin.ended;
      assert.deepEqual([received, intact], [total, true]);
      const held = relay.halves.map((half) => half.maxHeldBytes);
      assert.ok(Math.max(...held) <= maxHeldBytes, `${held.join(" and ")} bytes held`);
    });

    it("a reset in the middle reaches the other side, and nothing stays open", resets, async () => {
      await using relay = await Relay.open(runtime);
      const openFiles = (): number => readdirSync("/proc/self/fd").length;
      // What the adapter keeps for the next time is there after the first round.
      let before = Infinity;
      for (let round = 0; round < 12; round++) {
        const [client, origin] = await relay.connect();
        origin.socket.resume();
        writePattern(client, 1024 * 1024 * 1024, () => {});
        await until(() => origin.bytes > 8 * 1024 * 1024, "much has come");
        const [first, second] = round % 2 === 0 ? [client, origin] : [origin, client];
        if (round % 3 === 0) second.socket.pause();
        first.socket.reset();
        second.socket.resume();
        await Promise.all([second.closed, ...relay.halves.map((half) => half.closed)]);
        if (round === 3) before = openFiles();
      }
      await until(() => openFiles() <= before + 4, "all is closed");
    });
  });
}

/** Clients, a relay and its origin, all over the port. */
class Relay implements AsyncDisposable {
  /** The relay's ends of the last connection: the client's, then the origin's. */
  halves: readonly [Half, Half] | readonly [] = [];
  readonly #runtime: Runtime;
  readonly #back: Acceptor;
  readonly #front: Listener;
  /** Who waits for the relay's end of a client's connection. */
  readonly #door: { accepted: (socket: Socket) => void };
  /** Clients and origins. */
  readonly #outer: Recorder[] = [];

  static async open(runtime: Runtime): Promise<Relay> {
    const back = await Acceptor.open(runtime);
    const door = { accepted: (_socket: Socket): void => {} };
    const front = await runtime.listen(loopback, {
      onAccept: (socket) => door.accepted(socket),
      onAcceptError: (code) => assert.fail(code),
    });
    return new Relay(runtime, back, front, door);
  }

  private constructor(runtime: Runtime, back: Acceptor, front: Listener, door: { accepted: (socket: Socket) => void }) {
    this.#runtime = runtime;
    this.#back = back;
    this.#front = front;
    this.#door = door;
  }

  /** A client and the origin's end of its connection. */
  async connect(): Promise<[client: Recorder, origin: Recorder]> {
    const accepted = new Promise<Socket>((resolve) => (this.#door.accepted = resolve));
    const { address: front } = this.#front;
    assert.ok(front.kind === "tcp");
    const client = await connect(this.#runtime, front.port);
    const served = await accepted;
    const address = { kind: "tcp", host: "127.0.0.1", port: this.#back.port } as const;
    const upstream = await new Promise<Socket>((resolve, reject) => {
      this.#runtime.connect(
        { ...socketOptions, address },
        { onConnect: resolve, onConnectError: (failure) => reject(new Error(failure)) },
      );
    });
    const halves = [new Half(served, upstream), new Half(upstream, served)] as const;
    for (const half of halves) half.start();
    this.halves = halves;
    const origin = await this.#back.accepted();
    this.#outer.push(client, origin);
    return [client, origin];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who never reads, or never ends, would keep the process.
    for (const { socket } of [...this.#outer, ...this.halves]) socket.destroy();
    await this.#front.close();
    await this.#back[Symbol.asyncDispose]();
  }
}

/** One end of a relayed connection, as the core has it. */
class Half implements SocketHandler {
  readonly socket: Socket;
  bytes = 0;
  maxHeldBytes = 0;
  readonly closed: Promise<CloseReason>;
  #resolveClosed!: (reason: CloseReason) => void;
  readonly #peer: Socket;

  constructor(socket: Socket, peer: Socket) {
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
    this.socket = socket;
    this.#peer = peer;
    socket.handler = this;
  }

  start(): void {
    this.socket.relayTo?.(this.#peer);
    this.socket.resume();
  }

  onData(bytes: Uint8Array): void {
    this.onRelayed(bytes.byteLength, this.#peer.write(bytes));
  }

  onRelayed(byteLength: number, room: boolean): void {
    this.bytes += byteLength;
    this.maxHeldBytes = Math.max(this.maxHeldBytes, this.#peer.bufferedBytes);
    if (!room) this.socket.pause();
  }

  onDrain(): void {
    this.#peer.resume();
  }

  onEnd(): void {
    this.#peer.end();
  }

  onClose(reason: CloseReason): void {
    this.#resolveClosed(reason);
    if (reason !== "ended") this.#peer.reset();
  }
}
