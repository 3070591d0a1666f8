/** What a connect of the reactor's tells when much has happened before it looks. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadLibc } from "../../src/adapters/reactor/libc/load-libc.ts";
import { AF_INET, SO_LINGER, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET } from "../../src/adapters/reactor/linux.ts";
import { readSocketAddress, writeSocketAddress } from "../../src/adapters/reactor/socket-address.ts";
import { startReactor } from "../../src/adapters/reactor/start-reactor.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { Recorder, socketOptions } from "../support/sockets.ts";

const libc = await loadLibc();
const { runtime } = await startReactor(await currentRuntime(), libc);

describe("a connect of the reactor", () => {
  for (const answer of ["", "hello"]) {
    it(`was made although it is reset before anybody looks, ${answer === "" ? "without a byte" : "after a few bytes"}`, async () => {
      const listener = libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      const address = libc.allocate(112);
      const length = libc.allocate(4);
      libc.bind(listener, address, writeSocketAddress({ kind: "tcp", host: "127.0.0.1", port: 0 }, address.bytes));
      libc.listen(listener, 1);
      length.bytes[0] = 112;
      libc.getsockname(listener, address, length);
      const bound = readSocketAddress(address.bytes);
      assert.ok(bound !== undefined);
      const closed = new Promise<Recorder>((resolve, reject) => {
        runtime.connect(
          { ...socketOptions, address: bound },
          {
            onConnect(socket) {
              const recorder = new Recorder(socket);
              void recorder.closed.then(() => resolve(recorder));
              socket.resume();
            },
            onConnectError: (failure) => reject(new Error(failure)),
          },
        );
      });
      // All of this before the reactor has its turn.
      const accepted = libc.accept(listener, address, length, 0);
      assert.ok(accepted > 0);
      const bytes = libc.allocate(8);
      bytes.bytes.set(new TextEncoder().encode(answer));
      if (answer !== "") libc.send(accepted, bytes, 0, answer.length, 0);
      bytes.bytes.fill(0);
      bytes.bytes[0] = 1;
      libc.setsockopt(accepted, SOL_SOCKET, SO_LINGER, bytes, 8);
      libc.close(accepted);
      libc.close(listener);
      const recorder = await closed;
      assert.equal(recorder.events.at(-1), "close reset");
      assert.equal(recorder.bytes, answer.length);
    });
  }
});
