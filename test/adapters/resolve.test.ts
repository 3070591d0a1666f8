/** The TTL that DNS tells for the addresses that the system uses. */
import assert from "node:assert/strict";
import { Resolver } from "node:dns";
import { isIPv6 } from "node:net";
import { describe, it } from "node:test";
import { type NameSources, resolveWith, sharedLookup } from "../../src/adapters/compat/resolve.ts";
import { DnsServer } from "../support/dns-server.ts";
import { resolved, type Resolved } from "../support/resolved.ts";
import { aFewTurns, until } from "../support/sockets.ts";

const v6 = (last: number): readonly number[] => [0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), last];

const names = {
  "one.test": [[[192, 0, 2, 1], 60]],
  "several.test": [
    [[192, 0, 2, 1], 60],
    [[192, 0, 2, 2], 20],
    [v6(1), 40],
  ],
  "moving.test": [[[192, 0, 2, 1], 0]],
  "day.test": [[[192, 0, 2, 1], 86_400]],
  "silent.test": "silent",
} as const;

/** Resolves a name that the system knows under these addresses, with the TTLs of the server. */
async function ask(host: string, addresses: readonly string[]): Promise<Resolved> {
  await using server = await DnsServer.open(names);
  return await resolved((handler) => resolveWith(sources(server, addresses), host, handler));
}

function sources(server: DnsServer, addresses: readonly string[]): Parameters<typeof resolveWith>[0] {
  return {
    lookup: (_host, callback) =>
      void setImmediate(
        callback,
        null,
        addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 })),
      ),
    resolver() {
      const resolver = new Resolver({ timeout: 500, tries: 1 });
      resolver.setServers([server.address]);
      return resolver;
    },
  };
}

describe("resolve", () => {
  it("tells the TTL", async () => {
    assert.deepEqual(await ask("one.test", ["192.0.2.1"]), { hosts: ["192.0.2.1"], ttlMs: 60_000 });
    assert.deepEqual(await ask("moving.test", ["192.0.2.1"]), { hosts: ["192.0.2.1"], ttlMs: 0 });
  });

  it("tells the shortest of both families, and leaves the system's order", async () => {
    const hosts = ["2001:db8::1", "192.0.2.2", "192.0.2.1"];
    assert.deepEqual(await ask("several.test", hosts), { hosts, ttlMs: 20_000 });
  });

  it("tells an address once, however often the system has it", async () => {
    const { hosts } = await ask("one.test", ["192.0.2.1", "192.0.2.1"]);
    assert.deepEqual(hosts, ["192.0.2.1"]);
  });

  it("tells none where the system's addresses are not those of DNS", async () => {
    assert.deepEqual(await ask("one.test", ["10.0.0.1"]), { hosts: ["10.0.0.1"], ttlMs: undefined });
    const { ttlMs } = await ask("several.test", ["192.0.2.1", "2001:db8::9"]);
    assert.equal(ttlMs, undefined);
  });

  it("tells none where DNS does not know the name, does not answer, or answers a day", async () => {
    for (const host of ["pinned.test", "silent.test", "day.test"]) {
      assert.deepEqual(await ask(host, ["192.0.2.1"]), { hosts: ["192.0.2.1"], ttlMs: undefined }, host);
    }
  });

  it("can be cancelled while DNS is asked", async () => {
    await using server = await DnsServer.open(names);
    const told: string[] = [];
    const pending = resolveWith(sources(server, ["192.0.2.1"]), "silent.test", {
      onResolve: () => told.push("resolved"),
      onResolveError: () => told.push("failed"),
    });
    await until(() => server.asked.length === 1, "DNS was asked");
    pending.cancel();
    await aFewTurns();
    assert.deepEqual(told, []);
  });

  it("looks a name up once at a time: a look-up that was given up still runs, and its answer is as good", async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const lookup = sharedLookup((host, callback) => {
      asked.push(host);
      answers.push(() => callback(null, [{ address: "192.0.2.7", family: 4 }]));
    });
    const deaf: NameSources = { lookup, resolver: () => new Resolver({ timeout: 100, tries: 1 }) };
    for (let times = 0; times < 3; times++) {
      const given = resolveWith(deaf, "dead.test", {
        onResolve: () => assert.fail("it was given up"),
        onResolveError: () => assert.fail("it was given up"),
      });
      await aFewTurns();
      given.cancel();
    }
    const last = resolved((handler) => resolveWith(deaf, "dead.test", handler));
    await aFewTurns();
    assert.deepEqual(asked, ["dead.test"]);
    for (const answer of answers) answer();
    assert.deepEqual((await last).hosts, ["192.0.2.7"]);
    const next = resolved((handler) => resolveWith(deaf, "dead.test", handler));
    await aFewTurns();
    assert.equal(asked.length, 2);
    answers[1]?.();
    assert.deepEqual((await next).hosts, ["192.0.2.7"]);
  });

  it("asks again for what the system refused to look up", async () => {
    let asked = 0;
    const lookup = sharedLookup(() => {
      asked++;
      throw new TypeError("no name at all");
    });
    const picky: NameSources = { lookup, resolver: () => new Resolver() };
    for (let times = 0; times < 2; times++) {
      const { failure } = await resolved((handler) => resolveWith(picky, "what.test", handler));
      assert.equal(failure, "other");
    }
    assert.equal(asked, 2);
  });
});
