/** Two loops in one thread: neither keeps the other waiting, and both rest. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startReactor } from "../../src/adapters/reactor/start-reactor.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { findLibc, replaceCalls } from "../support/reactor.ts";
import { Acceptor, connect, rawClient, until } from "../support/sockets.ts";

const { libc, skip } = await findLibc();

describe("the reactor's loop", { skip }, () => {
  const rests = async (immediatesStarveSockets: boolean): Promise<void> => {
    let calls = 0;
    const counted = replaceCalls(libc, {
      immediatesStarveSockets,
      epollWait: (...args) => (calls++, libc.epollWait(...args)),
      epollControl: (...args) => (calls++, libc.epollControl(...args)),
      send: (...args) => (calls++, libc.send(...args)),
    });
    const { reactor, runtime } = await startReactor(await ownRuntime(), counted);
    await using acceptor = await Acceptor.open(runtime);
    for (let round = 0; round < 3; round++) {
      const client = await connect(runtime, acceptor.port);
      const served = await acceptor.accepted();
      await until(() => reactor.loop.rests, "it rests");
      const before = calls;
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(calls, before);
      served.socket.destroy();
      client.socket.destroy();
      await client.closed;
    }
  };

  it("makes no call while nothing happens, also after something did", () => rests(false));

  it("nor where turns come by the bell", () => rests(true));

  it("lets the runtime's own sockets have their turn while it has no rest", async () => {
    const { runtime } = await startReactor(await ownRuntime(), libc);
    await using acceptor = await Acceptor.open(runtime);
    await using echo = await Acceptor.open(await ownRuntime());
    // A byte that goes to and fro without end.
    const client = await connect(runtime, acceptor.port);
    const served = await acceptor.accepted();
    let turns = 0;
    served.whenData = (bytes) => served.socket.write(bytes);
    client.whenData = (bytes) => {
      turns++;
      client.socket.write(bytes);
    };
    served.socket.resume();
    client.socket.resume();
    client.socket.write(Uint8Array.of(1));
    await until(() => turns > 1000, "it has no rest");
    // A hundred exchanges through the runtime: each needs its loop twice.
    const guest = await rawClient(echo.port);
    const host = await echo.accepted();
    host.whenData = (bytes) => host.socket.write(bytes);
    host.socket.resume();
    const before = turns;
    for (let round = 1; round <= 100; round++) {
      guest.socket.write("x");
      await until(() => guest.bytes === round, "the echo is back");
    }
    // In a slice a byte goes to and fro some hundred times at most; 61 slices a look would be many more.
    assert.ok(turns - before < 100 * 2000, `${turns - before} turns of ours for 100 exchanges of the runtime's`);
    guest.socket.destroy();
    client.socket.destroy();
    served.socket.destroy();
    await client.closed;
  });
});
