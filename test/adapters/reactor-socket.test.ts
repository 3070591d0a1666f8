/** What the contract cannot ask for: what the kernel rarely does, done to the reactor's sockets. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pid } from "node:process";
import { describe, it } from "node:test";
import type { Libc } from "../../src/adapters/reactor/libc/libc.ts";
import {
  ENOBUFS,
  ENOMEM,
  EPOLL_CTL_ADD,
  MSG_PEEK,
  SO_ACCEPTCONN,
  SOL_SOCKET,
} from "../../src/adapters/reactor/linux.ts";
import { isPattern, patternBytes } from "../../src/cli/load/pattern.ts";
import { BlockingClient, findLibc, withReactor } from "../support/reactor.ts";
import { runScript } from "../support/run-script.ts";
import {
  Acceptor,
  aFewTurns,
  connect,
  hopefulClient,
  loopback,
  rawClient,
  Recorder,
  until,
} from "../support/sockets.ts";

const { libc, skip } = await findLibc();

const EPERM = -1;
const ENOSPC = -28;
const MSG_OOB = 1;
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe("a reset behind the peer's FIN", { skip }, () => {
  for (const [what, follow] of [
    ["a write meets it", (): void => {}],
    ["a write meets it and an end follows", ({ socket }: Recorder): void => socket.end()],
  ] as const) {
    it(`is told when ${what}`, async () => {
      await withReactor(libc, {}, async (runtime) => {
        await using acceptor = await Acceptor.open(runtime);
        const client = new BlockingClient(libc, acceptor.listener.address);
        const served = await acceptor.accepted();
        served.socket.resume();
        client.end();
        await served.ended;
        client.reset();
        served.socket.write(text("too late"));
        follow(served);
        assert.equal(await served.closed, "reset");
        assert.deepEqual(served.events, ["end", "close reset"]);
      });
    });
  }

  it("is told behind it, although both came while paused", async () => {
    await withReactor(libc, {}, async (runtime) => {
      await using acceptor = await Acceptor.open(runtime);
      const client = new BlockingClient(libc, acceptor.listener.address);
      const served = await acceptor.accepted();
      client.send("last words");
      client.end();
      client.reset();
      await aFewTurns();
      assert.deepEqual(served.events, []);
      served.socket.resume();
      assert.equal(await served.closed, "reset");
      assert.deepEqual(served.events, ["data", "end", "close reset"]);
    });
  });
});

describe("without memory in the kernel", { skip }, () => {
  it("the rest of a write leaves a little later", async () => {
    let sends = 0;
    const calls: Partial<Libc> = {
      send: (...args) => (++sends === 2 ? ENOBUFS : libc.send(...args)),
    };
    await withReactor(libc, calls, async (runtime) => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      // More than one piece, of which the second fails.
      sends = 0;
      const total = 160 * 1024;
      const bytes = new Uint8Array(total);
      for (let at = 0; at < total;) {
        const part = patternBytes(at, total - at);
        bytes.set(part, at);
        at += part.byteLength;
      }
      served.socket.write(bytes);
      assert.ok(served.socket.bufferedBytes > 0);
      await until(() => client.bytes === total, "all of it is there");
      assert.ok(isPattern(0, new Uint8Array(Buffer.concat(client.chunks))));
      served.socket.destroy();
    });
  });

  it("an error that is looked for while paused closes nothing", async () => {
    let peeks = 0;
    const calls: Partial<Libc> = {
      recv: (fd, into, length, flags) =>
        flags === MSG_PEEK && ++peeks === 1 ? ENOMEM : libc.recv(fd, into, length, flags),
    };
    await withReactor(libc, calls, async (runtime) => {
      await using acceptor = await Acceptor.open(runtime);
      const client = await rawClient(acceptor.port);
      const served = await acceptor.accepted();
      client.socket.write("last words");
      await aFewTurns();
      client.socket.resetAndDestroy();
      await until(() => peeks === 1, "it is looked for");
      await aFewTurns();
      served.socket.resume();
      assert.equal(await served.closed, "reset");
      assert.deepEqual(served.events, ["data", "close reset"]);
    });
  });

  for (const [what, calls] of deafCalls()) {
    it(`events are heard all the same: ${what}`, async () => {
      await withReactor(libc, calls, async (runtime) => {
        await using acceptor = await Acceptor.open(runtime);
        for (let round = 0; round < 3; round++) {
          const client = await rawClient(acceptor.port);
          const served = await acceptor.accepted();
          served.socket.resume();
          // By now the reactor waits for the bell.
          await aFewTurns();
          client.socket.write("hello");
          await until(() => served.bytes === 5, "the bytes are here");
          served.socket.destroy();
        }
      });
    });
  }
});

describe("a handler that throws", { skip }, () => {
  it("costs the others nothing, and is told of", async () => {
    assert.deepEqual(await runScript("reactor-throws.ts"), { output: "onData onClose", code: 0 });
  });
});

describe("a listener", { skip }, () => {
  it("waits when accepting goes on failing, whatever the error", async () => {
    await withReactor(libc, { accept: () => EPERM }, async (runtime) => {
      const codes: string[] = [];
      const listener = await runtime.listen(loopback, { onAccept() {}, onAcceptError: (code) => codes.push(code) });
      assert.ok(listener.address.kind === "tcp");
      const client = hopefulClient(listener.address.port);
      await until(() => codes.length === 2, "it tried again");
      assert.deepEqual(new Set(codes), new Set(["EPERM"]));
      await aFewTurns();
      assert.ok(codes.length < 5, `not ${codes.length} times`);
      client.socket.destroy();
      await listener.close();
    });
  });

  it("resets the client that it cannot watch, and takes the next ones later", async () => {
    let adds = 0;
    const calls: Partial<Libc> = {
      epollControl: (epoll, operation, fd, event) =>
        operation === EPOLL_CTL_ADD && !isListening(fd) && !isEpoll(fd) && ++adds === 1
          ? ENOSPC
          : libc.epollControl(epoll, operation, fd, event),
    };
    await withReactor(libc, calls, async (runtime) => {
      const codes: string[] = [];
      const served: Recorder[] = [];
      const listener = await runtime.listen(loopback, {
        onAccept: (socket) => served.push(new Recorder(socket)),
        onAcceptError: (code) => codes.push(code),
      });
      assert.ok(listener.address.kind === "tcp");
      const first = hopefulClient(listener.address.port);
      await first.closed;
      assert.equal(first.error, "ECONNRESET");
      assert.deepEqual(codes, ["ENOSPC"]);
      const second = hopefulClient(listener.address.port);
      await until(() => served.length === 1, "the next is served");
      served[0]?.socket.destroy();
      await second.ended;
      second.socket.destroy();
      await listener.close();
    });
  });

  for (const [what, calls] of [
    ["listen", { listen: () => ENOMEM }],
    [
      "epoll_ctl",
      {
        epollControl: (epoll, operation, fd, event) =>
          isListening(fd) ? ENOMEM : libc.epollControl(epoll, operation, fd, event),
      },
    ],
  ] as const satisfies [string, Partial<Libc>][]) {
    it(`leaves no file when ${what} fails`, async () => {
      const path = join(tmpdir(), `geryon-reactor-${pid}.sock`);
      await withReactor(libc, calls, async (runtime) => {
        const listening = runtime.listen(
          { ...loopback, address: { kind: "unix", path } },
          { onAccept() {}, onAcceptError() {} },
        );
        await assert.rejects(listening, { name: "ListenError" });
        assert.ok(!existsSync(path));
      });
    });
  }
});

describe("a connect", { skip }, () => {
  it("fails for lack of resources when its socket cannot be watched", async () => {
    let fails = false;
    const calls: Partial<Libc> = {
      epollControl: (epoll, operation, fd, event) =>
        operation === EPOLL_CTL_ADD && fails ? ENOSPC : libc.epollControl(epoll, operation, fd, event),
    };
    await withReactor(libc, calls, async (runtime) => {
      await using acceptor = await Acceptor.open(runtime);
      fails = true;
      const connecting = connect(runtime, acceptor.port);
      fails = false;
      await assert.rejects(connecting, { message: "resources" });
    });
  });
});

describe("a read that ends early", { skip }, () => {
  const path = { kind: "unix", path: `@geryon-reactor-${pid}` } as const;
  for (const address of [loopback.address, path]) {
    it(`at urgent data leaves nothing behind: ${address.kind}`, async () => {
      await withReactor(libc, {}, async (runtime) => {
        await using acceptor = await Acceptor.open(runtime, { ...loopback, address });
        const client = new BlockingClient(libc, acceptor.listener.address);
        const served = await acceptor.accepted();
        for (const total of [8, 16]) {
          served.socket.pause();
          client.send("one");
          client.send("!", MSG_OOB);
          client.send("three");
          await aFewTurns();
          served.socket.resume();
          await until(() => served.bytes === total, "what is behind it is here");
        }
        client.close();
        served.socket.destroy();
      });
    });
  }

  it("behind passed descriptors leaves nothing behind", async () => {
    const calls: Partial<Libc> = {
      recv: (fd, into, length, flags) => libc.recv(fd, into, Math.min(length, 3), flags),
    };
    await withReactor(libc, calls, async (runtime) => {
      await using acceptor = await Acceptor.open(runtime, { ...loopback, address: path });
      const client = new BlockingClient(libc, acceptor.listener.address);
      const served = await acceptor.accepted();
      served.socket.resume();
      client.send("one and three");
      await until(() => served.bytes === 13, "what is behind it is here");
      client.close();
      served.socket.destroy();
    });
  });
});

/** Calls that fail the first times that the bell makes them. */
function deafCalls(): [string, Partial<Libc>][] {
  let sends = 0;
  let adds = 0;
  return [
    [
      "its byte is not taken",
      {
        send: (...args) => (args[3] === 1 && ++sends < 5 ? ENOBUFS : libc.send(...args)),
      },
    ],
    [
      "its epoll takes no more",
      {
        epollControl: (epoll, operation, fd, event) =>
          operation === EPOLL_CTL_ADD && isEpoll(fd) && ++adds < 5
            ? ENOMEM
            : libc.epollControl(epoll, operation, fd, event),
      },
    ],
  ];
}

/** Whether a descriptor is an epoll: of what is watched here, only the reactor's own has no name as a socket. */
function isEpoll(fd: number): boolean {
  return libc.getsockname(fd, libc.allocate(112), libc.allocate(4)) < 0;
}

function isListening(fd: number): boolean {
  const value = libc.allocate(4);
  const length = libc.allocate(4);
  length.bytes[0] = 4;
  return libc.getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, value, length) === 0 && value.bytes[0] === 1;
}
