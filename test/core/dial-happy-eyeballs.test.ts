import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alternateFamilies, connectFirst } from "../../src/core/dial/happy-eyeballs.ts";
import type { Pending } from "../../src/core/runtime/runtime.ts";
import { ConnectNotes, FakeNetwork } from "../support/fake-network.ts";

const options = { keepAliveMs: 1000, highWaterMarkBytes: 4096 };

function setUp(hosts: readonly string[]): { network: FakeNetwork; told: ConnectNotes; pending: Pending } {
  const network = new FakeNetwork();
  const told = new ConnectNotes();
  return { network, told, pending: connectFirst(hosts, 80, options, network.runtime, told) };
}

describe("alternateFamilies", () => {
  it("takes turns, from the first one's family on, and leaves the order within a family", () => {
    assert.deepEqual(alternateFamilies(["::1", "::2", "::3", "10.0.0.1", "10.0.0.2"]), [
      "::1",
      "10.0.0.1",
      "::2",
      "10.0.0.2",
      "::3",
    ]);
    assert.deepEqual(alternateFamilies(["10.0.0.1", "10.0.0.2", "::1"]), ["10.0.0.1", "::1", "10.0.0.2"]);
    assert.deepEqual(alternateFamilies(["10.0.0.1", "10.0.0.2"]), ["10.0.0.1", "10.0.0.2"]);
    assert.deepEqual(alternateFamilies([]), []);
  });
});

describe("connectFirst", () => {
  it("one address is one connect, without a timer, with all of the options", () => {
    const network = new FakeNetwork();
    const told = new ConnectNotes();
    connectFirst(["10.0.0.1"], 80, { ...options, sourceAddress: "10.0.0.9" }, network.runtime, told);
    assert.equal(network.clock.pending, 0);
    assert.deepEqual(network.connects[0]?.options, {
      address: { kind: "tcp", host: "10.0.0.1", port: 80 },
      sourceAddress: "10.0.0.9",
      ...options,
    });
    const socket = network.connects[0].succeed();
    assert.equal(told.socket, socket);
  });

  it("starts an attempt every 250 ms as long as none has connected", () => {
    const { network, told } = setUp(["::1", "10.0.0.1", "::2"]);
    network.clock.advance(249);
    assert.deepEqual(network.targets, ["::1:80"]);
    network.clock.advance(1);
    assert.deepEqual(network.targets, ["::1:80", "10.0.0.1:80"]);
    network.clock.advance(10_000);
    assert.deepEqual(
      network.connects.map(({ atMs }) => atMs - (network.connects[0]?.atMs ?? 0)),
      [0, 250, 500],
    );
    assert.deepEqual(told.notes, []);
  });

  it("the first to connect wins: the others are given up, and none follows", () => {
    const { network, told } = setUp(["::1", "10.0.0.1", "::2"]);
    network.clock.advance(250);
    const socket = network.connects[0]?.succeed();
    assert.equal(told.socket, socket);
    assert.deepEqual(
      network.connects.map(({ cancelled }) => cancelled),
      [false, true],
    );
    network.clock.advance(10_000);
    assert.equal(network.connects.length, 2);
    assert.deepEqual(told.notes, ["connected"]);
  });

  it("a failed attempt is followed by the next one at once, and that one has its 250 ms", () => {
    const { network, told } = setUp(["::1", "10.0.0.1", "::2"]);
    network.clock.advance(200);
    network.connects[0]?.handler.onConnectError("unreachable");
    assert.equal(network.connects.length, 2);
    network.clock.advance(249);
    assert.equal(network.connects.length, 2);
    network.clock.advance(1);
    assert.equal(network.connects.length, 3);
    network.connects[2]?.handler.onConnectError("refused");
    assert.deepEqual(told.notes, []);
    network.connects[1]?.succeed();
    assert.deepEqual(told.notes, ["connected"]);
    assert.equal(network.clock.pending, 0);
  });

  for (const [failures, expected] of [
    [["refused", "refused"], "refused"],
    [["refused", "unreachable"], "refused"],
    [["unreachable", "refused"], "refused"],
    [["timeout", "resources"], "timeout"],
    [["other", "unreachable"], "unreachable"],
    [["other", "other"], "other"],
  ] as const) {
    it(`when all failed, ${failures.join(" and ")} is told as ${expected}`, () => {
      const { network, told } = setUp(["::1", "10.0.0.1"]);
      for (const [index, failure] of failures.entries()) network.connects[index]?.handler.onConnectError(failure);
      assert.deepEqual(told.notes, [expected]);
      assert.equal(network.clock.pending, 0);
    });
  }

  it("given up, it gives all of its attempts up and starts no other", () => {
    const { network, told, pending } = setUp(["::1", "10.0.0.1", "::2"]);
    network.clock.advance(250);
    pending.cancel();
    assert.ok(network.connects.every(({ cancelled }) => cancelled));
    assert.equal(network.clock.pending, 0);
    network.clock.advance(10_000);
    assert.equal(network.connects.length, 2);
    assert.deepEqual(told.notes, []);
  });
});
