import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Dialer } from "../../src/core/dial/dialer.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import type { Pending } from "../../src/core/runtime/runtime.ts";
import { ConnectNotes, FakeNetwork } from "../support/fake-network.ts";

const options = { keepAliveMs: 1000, highWaterMarkBytes: 4096 };
const settings = { minTtlMs: 1000, maxTtlMs: 60_000, timeoutMs: 3000 };

/** A dialer, and short words for what tests do with it. */
class Setup {
  readonly network = new FakeNetwork();
  readonly told = new ConnectNotes();
  readonly dialer: Dialer;

  constructor(address: Address | string) {
    const full: Address = typeof address === "string" ? { kind: "tcp", host: address, port: 80 } : address;
    this.dialer = new Dialer(full, this.network.runtime, settings);
  }

  connect(more: { readonly port?: number; readonly sourceAddress?: string } = {}): Pending {
    return this.dialer.connect({ ...options, ...more }, this.told);
  }

  /** Answers the look-up under way. */
  answer(hosts: readonly string[], ttlMs?: number): void {
    this.network.lookUps.at(-1)?.handler.onResolve(hosts, ttlMs);
  }

  fail(failure: "not-found" | "other" = "not-found"): void {
    this.network.lookUps.at(-1)?.handler.onResolveError(failure);
  }

  /** A dialer that knows its name's address for a minute. */
  static resolved(): Setup {
    const setup = new Setup("db.test");
    setup.connect();
    setup.answer(["10.0.0.1"], 60_000);
    return setup;
  }
}

describe("Dialer to an IP or unix address", () => {
  for (const [address, target] of [
    ["10.0.0.1", "10.0.0.1:80"],
    ["2001:db8::1", "2001:db8::1:80"],
    [{ kind: "unix", path: "/run/a.sock" }, "/run/a.sock"],
  ] as const) {
    it(`goes straight to ${target}`, () => {
      const { network, dialer, told } = new Setup(address);
      dialer.connect(options, told);
      assert.deepEqual(network.targets, [target]);
      assert.equal(network.connects[0]?.options.address, dialer.address);
      assert.equal(network.lookUps.length, 0);
      assert.equal(network.clock.pending, 0);
      assert.equal(dialer.resolution, undefined);
    });
  }

  it("takes another port; a unix address has none", () => {
    const tcp = new Setup("10.0.0.1");
    tcp.connect({ port: 81 });
    assert.deepEqual(tcp.network.targets, ["10.0.0.1:81"]);
    const unix = new Setup({ kind: "unix", path: "/run/a.sock" });
    unix.connect({ port: 81 });
    assert.deepEqual(unix.network.targets, ["/run/a.sock"]);
  });

  it("leaves from the source address, and can be given up", () => {
    const setup = new Setup("10.0.0.1");
    setup.connect({ sourceAddress: "10.0.0.9" }).cancel();
    assert.equal(setup.network.connects[0]?.options.sourceAddress, "10.0.0.9");
    assert.equal(setup.network.connects[0].cancelled, true);
  });
});

describe("Dialer to a name", () => {
  it("looks nothing up until it is used", () => {
    const { network, dialer } = new Setup("db.test");
    assert.equal(network.lookUps.length, 0);
    assert.deepEqual(dialer.resolution?.addresses, []);
  });

  it("connects that come together share one look-up, and then connect", () => {
    const setup = new Setup("db.test");
    setup.connect();
    setup.connect({ port: 81 });
    assert.deepEqual(
      setup.network.lookUps.map(({ host }) => host),
      ["db.test"],
    );
    assert.equal(setup.network.connects.length, 0);
    setup.answer(["10.0.0.1"], 5000);
    assert.deepEqual(setup.network.targets, ["10.0.0.1:80", "10.0.0.1:81"]);
    for (const connect of setup.network.connects) connect.succeed();
    assert.deepEqual(setup.told.notes, ["connected", "connected"]);
    assert.equal(setup.network.clock.pending, 0);
  });

  it("tries all of the addresses, families in turn", () => {
    const setup = new Setup("db.test");
    setup.connect();
    setup.answer(["2001:db8::1", "2001:db8::2", "10.0.0.1"]);
    for (let index = 0; index < 3; index++) setup.network.connects[index]?.handler.onConnectError("refused");
    assert.deepEqual(setup.network.targets, ["2001:db8::1:80", "10.0.0.1:80", "2001:db8::2:80"]);
    assert.deepEqual(setup.told.notes, ["refused"]);
  });

  for (const [what, toldTtlMs, usedTtlMs] of [
    ["its TTL is over", 5000, 5000],
    ["the shortest time, when the TTL is shorter", 10, 1000],
    ["the longest time, when the TTL is longer", 1e9, 60_000],
    ["the shortest time, when no TTL is told", undefined, 1000],
  ] as const) {
    it(`an answer holds until ${what}`, () => {
      const setup = new Setup("db.test");
      setup.connect();
      setup.answer(["10.0.0.1"], toldTtlMs);
      setup.network.clock.advance(usedTtlMs - 1);
      setup.connect();
      assert.equal(setup.network.lookUps.length, 1);
      setup.network.clock.advance(1);
      setup.connect();
      assert.equal(setup.network.lookUps.length, 2);
    });
  }

  it("an expired answer is used at once while one look-up runs, and then the new one", () => {
    const setup = Setup.resolved();
    setup.network.clock.advance(60_000);
    setup.connect();
    setup.connect();
    assert.equal(setup.network.lookUps.length, 2);
    setup.answer(["10.0.0.2"], 60_000);
    setup.connect();
    assert.deepEqual(setup.network.targets, ["10.0.0.1:80", "10.0.0.1:80", "10.0.0.1:80", "10.0.0.2:80"]);
  });

  it("a connect that fails on an expired answer fails, and waits for nothing", () => {
    const setup = Setup.resolved();
    setup.network.clock.advance(60_000);
    setup.connect();
    setup.network.connects.at(-1)?.handler.onConnectError("refused");
    assert.deepEqual(setup.told.notes, ["refused"]);
  });

  it("a look-up that failed leaves the last answer, and is made again after the shortest time", () => {
    const setup = Setup.resolved();
    setup.network.clock.advance(60_000);
    setup.connect();
    setup.fail();
    setup.network.clock.advance(999);
    setup.connect();
    assert.equal(setup.network.lookUps.length, 2);
    setup.network.clock.advance(1);
    setup.connect();
    assert.equal(setup.network.lookUps.length, 3);
    assert.deepEqual(new Set(setup.network.targets), new Set(["10.0.0.1:80"]));
  });

  it("a look-up that takes too long is given up, and leaves the last answer", () => {
    const setup = Setup.resolved();
    setup.network.clock.advance(60_000);
    setup.connect();
    setup.network.clock.advance(2999);
    assert.equal(setup.network.lookUps[1]?.cancelled, false);
    setup.network.clock.advance(1);
    assert.equal(setup.network.lookUps[1]?.cancelled, true);
    setup.connect();
    assert.equal(setup.network.targets.at(-1), "10.0.0.1:80");
    assert.equal(setup.dialer.resolution?.lastFailure?.reason, "timeout");
  });

  for (const [failure, told] of [
    ["not-found", "not-found"],
    ["other", "not-found"],
    ["timeout", "timeout"],
  ] as const) {
    it(`without any answer, ${failure} is told as ${told}; soon after, without a look-up`, () => {
      const setup = new Setup("db.test");
      setup.connect();
      setup.connect();
      if (failure === "timeout") setup.network.clock.advance(3000);
      else setup.fail(failure);
      assert.deepEqual(setup.told.notes, [told, told]);
      setup.connect();
      assert.equal(setup.told.notes.length, 2, "not before it returned");
      setup.network.clock.advance(0);
      assert.deepEqual(setup.told.notes, [told, told, told]);
      assert.equal(setup.network.lookUps.length, 1);
      setup.network.clock.advance(1000);
      setup.connect();
      assert.equal(setup.network.lookUps.length, 2);
      setup.answer(["10.0.0.1"]);
      assert.deepEqual(setup.network.targets, ["10.0.0.1:80"]);
    });
  }

  it("a connect can be given up: while it waits, while it connects, before it is told its failure", () => {
    const setup = new Setup("db.test");
    setup.connect().cancel();
    const second = setup.connect();
    setup.answer(["10.0.0.1"]);
    assert.equal(setup.network.connects.length, 1);
    second.cancel();
    assert.equal(setup.network.connects[0]?.cancelled, true);

    const failing = new Setup("nowhere.test");
    const first = failing.connect();
    first.cancel();
    failing.fail();
    failing.connect().cancel();
    failing.network.clock.advance(10);
    assert.deepEqual([...setup.told.notes, ...failing.told.notes], []);
    assert.equal(failing.network.clock.pending, 0);
  });

  it("who is told a failure may connect again, and give up others that waited", () => {
    const setup = new Setup("db.test");
    let other: Pending | undefined;
    setup.dialer.connect(options, {
      onConnect: () => {},
      onConnectError: () => {
        other?.cancel();
        setup.connect();
      },
    });
    other = setup.dialer.connect(options, {
      onConnect: () => assert.fail("was given up"),
      onConnectError: () => assert.fail("was given up"),
    });
    setup.fail();
    setup.network.clock.advance(0);
    assert.deepEqual(setup.told.notes, ["not-found"]);
  });

  it("uses only addresses of the source address's family", () => {
    const setup = new Setup("db.test");
    setup.connect({ sourceAddress: "10.0.0.9" });
    setup.answer(["2001:db8::1", "10.0.0.1"], 60_000);
    setup.connect({ sourceAddress: "2001:db8::9" });
    assert.deepEqual(setup.network.targets, ["10.0.0.1:80", "2001:db8::1:80"]);
    assert.equal(setup.network.clock.pending, 0);
  });

  it("without an address of that family it is unreachable", () => {
    const setup = new Setup("db.test");
    setup.connect({ sourceAddress: "2001:db8::9" });
    setup.answer(["10.0.0.1"], 60_000);
    assert.deepEqual(setup.told.notes, ["unreachable"]);
    setup.connect({ sourceAddress: "2001:db8::9" });
    setup.network.clock.advance(0);
    assert.deepEqual(setup.told.notes, ["unreachable", "unreachable"]);
  });

  it("tells what is known of the name", () => {
    const setup = new Setup("db.test");
    const startMs = setup.network.clock.wallTime();
    setup.connect();
    setup.answer(["10.0.0.1", "10.0.0.2"], 5000);
    const known = { addresses: ["10.0.0.1", "10.0.0.2"], resolvedAtMs: startMs, expiresAtMs: startMs + 5000 };
    assert.deepEqual(setup.dialer.resolution, { ...known, lastFailure: undefined });
    setup.network.clock.advance(7000);
    setup.connect();
    setup.fail("other");
    const lastFailure = { reason: "other", atMs: startMs + 7000 };
    assert.deepEqual(setup.dialer.resolution, { ...known, lastFailure });
  });

  it("stopped, it leaves no look-up and no timer, and who waited is told", () => {
    const setup = new Setup("db.test");
    setup.connect();
    setup.dialer.stop();
    assert.equal(setup.network.lookUps[0]?.cancelled, true);
    assert.equal(setup.network.clock.pending, 0);
    assert.deepEqual(setup.told.notes, ["not-found"]);
  });

  it("stopped, it uses the last answer and looks nothing up any more", () => {
    const setup = Setup.resolved();
    setup.dialer.stop();
    setup.network.clock.advance(1e9);
    setup.connect();
    assert.equal(setup.network.targets.at(-1), "10.0.0.1:80");
    assert.equal(setup.network.lookUps.length, 1);
    assert.equal(setup.network.clock.pending, 0);
  });
});
