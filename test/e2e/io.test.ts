/** Which sockets carry the bytes, as a user sees it: with the reactor, without it, and when it was asked for in vain. */
import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { tryReactor } from "../../src/adapters/reactor/mod.ts";
import type { Stats } from "../../src/control/stats/stats.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { type Build, repositoryFile, RunningProxy, runToEnd, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { type RawPeer, rawClient, RawServer, until } from "../support/sockets.ts";

const fallback = "no reactor: the runtime's own sockets carry the bytes";
const folder = new TemporaryFolder();

/** Geryon on the runtime that runs this test, without what the reactor needs; undefined where that cannot be taken away. */
function handicapped(): Build | undefined {
  const [program, ...args] = sourceBuild.command;
  if ("Bun" in globalThis) return undefined;
  if ("Deno" in globalThis) return { name: "FFI denied", command: [program, "run", "--deny-ffi", ...args.slice(1)] };
  // In a folder of its own it finds no koffi.
  const bundle = folder.file("geryon.js");
  copyFileSync(repositoryFile("dist/geryon.js"), bundle);
  return { name: "no koffi", command: [program, bundle] };
}

const { fault } = await tryReactor(await ownRuntime());
const needsReactor = { skip: fault === "" ? false : `There is no reactor: ${fault}` };
const lame = handicapped();
const needsHandicap = { skip: lame === undefined ? "FFI cannot be taken away" : false };
/** Where it is the whole one, the tests are skipped. */
const lameBuild = lame ?? sourceBuild;

/** Sends through the proxy and waits for the answer; returns which sockets it says carry the listener. */
async function carriedBy(proxy: RunningProxy, origin: RawServer): Promise<unknown> {
  const client = await rawClient(proxy.port());
  const name = `client of ${proxy.port()}`;
  const served = (): RawPeer | undefined => origin.peers.find((peer) => peer.text() === name);
  client.socket.end(name);
  await until(() => served() !== undefined, "the request is through");
  served()?.socket.end("pong");
  await client.ended;
  assert.equal(client.text(), "pong");
  const { listeners, workers } = (await (await proxy.admin("/stats")).json()) as Stats;
  const said = new Set([
    ...proxy.records("listening").map(({ io }) => io),
    ...listeners.map(({ io }) => io),
    ...workers.map(({ io }) => io),
  ]);
  assert.equal(said.size, 1, "log and counters agree");
  return [...said][0];
}

describe("io", { timeout: 120_000 }, () => {
  let origin: RawServer;

  before(async () => {
    origin = await RawServer.open();
  });

  after(async () => {
    await origin[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  const start = async (build: Build, ...flags: string[]): Promise<RunningProxy> => {
    const addresses = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", `127.0.0.1:${origin.port}`];
    return await RunningProxy.start(build, [...addresses, ...flags]);
  };

  for (const workers of ["1", "2"]) {
    it(`auto falls back with one log line, with --workers ${workers}`, needsHandicap, async () => {
      await using proxy = await start(lameBuild, "--io", "auto", "--workers", workers);
      assert.equal(await carriedBy(proxy, origin), "runtime");
      const [line, ...others] = proxy.log.filter(({ msg }) => String(msg).startsWith("no reactor"));
      assert.deepEqual([line?.["msg"], line?.["level"], others], [fallback, "info", []]);
      assert.match(String(line?.["reason"]), /\w/);
    });

    it(`the reactor carries what it is to carry, with --workers ${workers}`, needsReactor, async () => {
      for (const io of ["auto", "reactor"]) {
        await using proxy = await start(sourceBuild, "--io", io, "--workers", workers);
        assert.equal(await carriedBy(proxy, origin), "reactor");
        assert.deepEqual(proxy.records(fallback), []);
      }
    });
  }

  it("runtime is what it says, and nothing is said of a reactor", async () => {
    await using proxy = await start(sourceBuild, "--io", "runtime", "--workers", "2");
    assert.equal(await carriedBy(proxy, origin), "runtime");
    assert.deepEqual(proxy.records(fallback), []);
  });

  it("reactor that cannot be had is an error that says what to do, and nothing is bound", needsHandicap, async () => {
    const flags = ["proxy", "--io", "reactor", "--listen", `127.0.0.1:${origin.port}`, "127.0.0.1:1"];
    const { code, stdout, stderr } = await runToEnd([...lameBuild.command, ...flags]);
    // An address in use would be exit code 3.
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(
      stderr,
      /^geryon: Option '--io' is 'reactor', which cannot be had here: .+\n {8}Let it call libc \(.+\), or choose auto\n$/,
    );
  });

  it("a config is refused at the place that asks for it, and --io overrules that", needsHandicap, async () => {
    const file = folder.file("reactor.yaml");
    writeFileSync(
      file,
      `io: reactor
listeners: { proxy: { address: "127.0.0.1:0", upstream: app } }
upstreams: { app: { endpoints: ["127.0.0.1:${origin.port}"], health: off } }
admin: { address: "127.0.0.1:0" }
`,
    );
    for (const command of [
      ["check", file],
      ["proxy", "--config", file],
    ]) {
      const { code, stderr } = await runToEnd([...lameBuild.command, ...command]);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /^\S+reactor\.yaml:1:5: "io" is reactor, which cannot be had here: .+ or choose auto\n/);
    }
    await using proxy = await RunningProxy.start(lameBuild, ["--config", file, "--io", "auto"]);
    assert.equal(await carriedBy(proxy, origin), "runtime");
  });
});
