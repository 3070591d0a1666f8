/** What decides whether the reactor is used: each way in which libc may not be what it should has its words. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Libc } from "../../src/adapters/reactor/libc/libc.ts";
import { AF_INET6, EAGAIN, EPOLL_CTL_ADD, EPOLLOUT, epollEvent, SO_ERROR } from "../../src/adapters/reactor/linux.ts";
import { tryReactor, tryReactorOver } from "../../src/adapters/reactor/mod.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { seededRandom } from "../support/fake-clock.ts";
import { FaultyLibc, noFaults } from "../support/faulty-libc.ts";
import { findLibc, replaceCalls } from "../support/reactor.ts";
import { runScript } from "../support/run-script.ts";

const { libc: real, skip } = await findLibc();
const base = await currentRuntime();

const EAFNOSUPPORT = -97;
const EADDRNOTAVAIL = -99;
const ECONNRESET = -104;

/** How libc lies, and what is said of it. */
const lies: [string, (libc: Libc) => Partial<Libc>, RegExp][] = [
  ["errors come as another number", () => ({ close: (fd) => (fd < 0 ? -1 : real.close(fd)) }), /EPERM where EBADF/],
  [
    "a refusal comes as something else",
    (libc) => ({
      getsockopt: (fd, level, option, value, length) => {
        const result = libc.getsockopt(fd, level, option, value, length);
        if (option === SO_ERROR && value.bytes[0] === 111) value.bytes[0] = 61;
        return result;
      },
    }),
    /(ENODATA|error 61) where ECONNREFUSED/,
  ],
  [
    "nothing is there when something is",
    (libc) => ({ recv: (...args) => (libc.recv(...args) === EAGAIN ? 0 : EAGAIN) }),
    /success where EAGAIN/,
  ],
  [
    "epoll_event is laid out otherwise",
    (libc) => ({
      epollWait: (epoll, events, ...rest) => {
        const count = libc.epollWait(epoll, events, ...rest);
        events.bytes.copyWithin(epollEvent.data + 4, epollEvent.data);
        return count;
      },
    }),
    /epoll_event is laid out otherwise/,
  ],
  [
    "sockaddr is laid out otherwise",
    (libc) => ({
      getsockname: (fd, address, length) => {
        const result = libc.getsockname(fd, address, length);
        // As on BSD: a length comes first.
        address.bytes.set([16, address.bytes[0] as number]);
        return result;
      },
    }),
    /socket addresses are laid out otherwise/,
  ],
  [
    "sockaddr_in6 is laid out otherwise",
    (libc) => ({
      getsockname: (fd, address, length) => {
        const result = libc.getsockname(fd, address, length);
        if (address.bytes[0] === AF_INET6) address.bytes.copyWithin(4, 8, 24);
        return result;
      },
    }),
    /socket addresses are laid out otherwise/,
  ],
  [
    "lengths of reads do not arrive",
    (libc) => ({ recv: (fd, into, _, flags) => libc.recv(fd, into, into.bytes.byteLength, flags) }),
    /recv does not take the length/,
  ],
  [
    "lengths of writes do not arrive",
    (libc) => ({
      send: (fd, from, offset, _, flags) => libc.send(fd, from, offset, from.bytes.byteLength - offset, flags),
    }),
    /send does not take the length/,
  ],
  [
    "writes start elsewhere",
    (libc) => ({ send: (fd, from, _, length, flags) => libc.send(fd, from, 0, length, flags) }),
    /recv (does not take the length|brings other bytes)/,
  ],
  ["nobody may open a socket", () => ({ socket: () => -1 }), /socket fails: EPERM/],
  ["what the runtime watches is hidden", () => ({ open: () => -13 }), /\/proc\/self\/fdinfo\/\d+ cannot be read/],
  [
    "the runtime's epoll takes no other",
    (libc) => ({
      epollControl: (epoll, operation, fd, event) =>
        operation === EPOLL_CTL_ADD && isEpoll(fd) ? 0 : libc.epollControl(epoll, operation, fd, event),
    }),
    /events do not wake the runtime's loop/,
  ],
  ["no client is told of", (libc) => ({ epollWait: withoutEvents(libc, EPOLLOUT) }), /a connect is never told/],
  ["a FIN is not told", (libc) => ({ recv: (...args) => libc.recv(...args) || EAGAIN }), /a FIN is never told/],
  [
    "a reset looks like a FIN",
    (libc) => ({ recv: (...args) => notReset(libc.recv(...args)) }),
    /a reset is told as local and error/,
  ],
];

describe("the reactor's self-test", { skip }, () => {
  it("is passed, and keeps nobody waiting", async () => {
    const { runtime, fault } = await tryReactor(base);
    assert.equal(fault, "");
    assert.ok(runtime !== undefined);
  });

  for (const [what, lie, fault] of lies) {
    it(`is not passed when ${what}; nothing stays open`, async () => {
      const watched = new FaultyLibc(real, seededRandom(1), noFaults);
      const verdict = await tryReactorOver(base, () => Promise.resolve(replaceCalls(watched, lie(watched))));
      assert.match(verdict.fault, fault);
      assert.equal(verdict.runtime, undefined);
      assert.deepEqual([...watched.descriptors], []);
    });
  }

  it("is not passed where libc cannot be had", async () => {
    const verdict = await tryReactorOver(base, () => Promise.reject(new Error("FFI is not allowed")));
    assert.deepEqual(verdict, { runtime: undefined, fault: "FFI is not allowed" });
  });

  for (const [what, calls] of [
    [
      "knows no IPv6",
      { socket: (family, ...rest) => (family === AF_INET6 ? EAFNOSUPPORT : real.socket(family, ...rest)) },
    ],
    [
      "has no IPv6 address",
      { bind: (fd, address, length) => (length === 28 ? EADDRNOTAVAIL : real.bind(fd, address, length)) },
    ],
  ] as const satisfies [string, Partial<Libc>][]) {
    it(`is passed on a machine that ${what}`, async () => {
      const { fault } = await tryReactorOver(base, () => Promise.resolve(replaceCalls(real, calls)));
      assert.equal(fault, "");
    });
  }

  it("is passed although the process stood still for longer than it may take", async () => {
    const verdict = tryReactor(base);
    setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500));
    assert.equal((await verdict).fault, "");
  });

  for (const how of ["passed", "not passed"]) {
    it(`keeps no process alive when it is ${how}`, async () => {
      const expected = { output: how === "passed" ? "started" : "a FIN is never told", code: 0 };
      assert.deepEqual(await runScript("reactor-start.ts", how), expected);
    });
  }
});

/** `epollWait` that keeps the events of sockets that connect to itself. */
function withoutEvents(libc: Libc, bits: number): Libc["epollWait"] {
  return (epoll, events, max, timeoutMs) => {
    const count = libc.epollWait(epoll, events, max, timeoutMs);
    // Its own waiting, for one event at a time, is no part of this.
    if (max === 1 || max === 4) return count;
    const words = new Int32Array(events.bytes.buffer);
    for (let index = 0; index < count; index++) {
      const at = (index * epollEvent.stride) >> 2;
      if (((words[at] as number) & bits) !== 0) words[at + (epollEvent.data >> 2) + 1] = -1;
    }
    return count;
  };
}

function notReset(count: number): number {
  return count === ECONNRESET ? 0 : count;
}

/** Of what is watched here, only an epoll has no name as a socket. */
function isEpoll(fd: number): boolean {
  const length = real.allocate(4);
  length.bytes[0] = 16;
  return real.getsockname(fd, real.allocate(16), length) < 0;
}
