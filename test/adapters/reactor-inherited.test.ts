/** What the reactor does with a socket that somebody else has opened. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { loadLibc } from "../../src/adapters/reactor/libc/load-libc.ts";
import { AF_INET, AF_UNIX, F_GETFL, O_NONBLOCK, SOCK_STREAM } from "../../src/adapters/reactor/linux.ts";
import { readSocketAddress, writeSocketAddress } from "../../src/adapters/reactor/socket-address.ts";
import { startReactor } from "../../src/adapters/reactor/start-reactor.ts";
import type { Address, InheritedSocket } from "../../src/core/runtime/address.ts";
import { inheritedSockets, ListenError, type ListenHandler } from "../../src/core/runtime/runtime.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { rawClient, Recorder, socketOptions, until } from "../support/sockets.ts";

const SOCK_DGRAM = 2;
const libc = await loadLibc();
const { reactor, runtime } = await startReactor(await ownRuntime(), libc);

function socketOf(descriptor: number): InheritedSocket {
  return { kind: "inherited", descriptor };
}

/** A socket as a parent would open it: blocking. */
function bound(address: Address, type = SOCK_STREAM): number {
  const block = libc.allocate(112);
  const fd = libc.socket(address.kind === "unix" ? AF_UNIX : AF_INET, type, 0);
  assert.ok(fd > 0);
  assert.equal(libc.bind(fd, block, writeSocketAddress(address, block.bytes)), 0);
  return fd;
}

/** The descriptor of a file. */
function openFile(): number {
  const path = libc.allocate(16);
  path.bytes.set(new TextEncoder().encode("/dev/null"));
  return libc.open(path, 0);
}

function listening(address: Address): number {
  const fd = bound(address);
  assert.equal(libc.listen(fd, 16), 0);
  return fd;
}

function portOf(fd: number): number {
  const block = libc.allocate(112);
  const length = libc.allocate(4);
  length.bytes[0] = 112;
  assert.equal(libc.getsockname(fd, block, length), 0);
  const address = readSocketAddress(block.bytes);
  return address?.kind === "tcp" ? address.port : 0;
}

const anyPort: Address = { kind: "tcp", host: "127.0.0.1", port: 0 };

/** Keeps who comes. */
class Clients implements ListenHandler {
  readonly all: Recorder[] = [];

  onAccept(socket: ConstructorParameters<typeof Recorder>[0]): void {
    this.all.push(new Recorder(socket));
    socket.resume();
  }

  onAcceptError(code: string): void {
    assert.fail(code);
  }
}

describe("an inherited socket of the reactor", () => {
  const inherited = inheritedSockets(runtime, socketOf(0));

  it("is accepted on by all who listen, until each has closed", async () => {
    const fd = listening(anyPort);
    const port = portOf(fd);
    assert.deepEqual(inherited.addressOf(socketOf(fd)), { ...anyPort, port });
    const clients = new Clients();
    const one = inherited.listen({ ...socketOptions, socket: socketOf(fd) }, clients);
    const other = inherited.listen({ ...socketOptions, socket: socketOf(fd) }, clients);
    assert.deepEqual(one.address, { ...anyPort, port });
    assert.equal(libc.fcntl(fd, F_GETFL, 0) & O_NONBLOCK, O_NONBLOCK, "no accept blocks the thread");
    const first = await rawClient(port);
    await until(() => clients.all.length === 1, "the first is accepted");
    await one.close();
    const second = await rawClient(port);
    await until(() => clients.all.length === 2, "the second is accepted");
    await other.close();

    // The socket is still open, so that this one waits in there; nobody is told.
    const third = await rawClient(port);
    assert.equal(reactor.poll.wait(0), 0, "an event that nobody takes would come again and again");
    assert.equal(clients.all.length, 2);
    inherited.close(socketOf(fd));
    await third.closed;
    assert.equal(third.error, "ECONNRESET");
    for (const client of [first, second]) client.socket.destroy();
    for (const client of clients.all) client.socket.reset();
  });

  it("stays where it is when it is of unix, which has its path or name", async () => {
    using folder = new TemporaryFolder();
    for (const path of [folder.file("app.sock"), `@geryon-test-${process.pid}`]) {
      const address: Address = { kind: "unix", path };
      const fd = listening(address);
      const clients = new Clients();
      const listener = inherited.listen({ ...socketOptions, socket: socketOf(fd) }, clients);
      assert.deepEqual(listener.address, address);
      const client = await rawClient(path.replace("@", "\0"));
      await until(() => clients.all.length === 1, "the client is accepted");
      assert.deepEqual(clients.all[0]?.socket.remoteAddress, address);
      client.socket.destroy();
      clients.all[0]?.socket.reset();
      await listener.close();
      inherited.close(socketOf(fd));
      if (!path.startsWith("@")) assert.ok(existsSync(path));
    }
  });

  const wrong: readonly (readonly [what: string, fd: number, code: string, message: RegExp])[] = [
    ["not open", 1_000_000, "EBADF", /there is no descriptor 1000000: .*systemd/],
    ["no socket", openFile(), "ENOTSOCK", /is not a socket: .*systemd/],
    ["a datagram socket", bound(anyPort, SOCK_DGRAM), "EPROTOTYPE", /is not a stream socket: .*ListenStream=/],
    ["a socket that does not listen", bound(anyPort), "EINVAL", /is a socket that does not listen: .*Accept=no/],
  ];
  for (const [what, fd, code, message] of wrong) {
    it(`is refused when it is ${what}, with what to do`, () => {
      const asked = [
        () => inherited.addressOf(socketOf(fd)),
        () => inherited.listen({ ...socketOptions, socket: socketOf(fd) }, new Clients()),
      ];
      for (const ask of asked) {
        assert.throws(ask, (error: unknown) => {
          assert.ok(error instanceof ListenError);
          assert.deepEqual([error.address, error.code], [socketOf(fd), code]);
          assert.match(error.message, message);
          return true;
        });
      }
      libc.close(fd);
    });
  }
});
