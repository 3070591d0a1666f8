/** A listener on a socket that the process was started with, as a user of systemd or another parent has it. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import type { Stats } from "../../src/control/stats/stats.ts";
import { needs } from "../contract/needs.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import {
  type Build,
  executableBuild,
  ioFlags,
  repositoryFile,
  RunningProxy,
  runToEnd,
  sourceBuild,
} from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { hopefulClient, rawClient, type RawPeer, RawServer, until } from "../support/sockets.ts";

const needsInheritance = needs(await currentRuntime(), "inheritedSockets");
// The executable carries its own runtime: once is enough, and Node's run is the one.
const once = "Bun" in globalThis || "Deno" in globalThis;
const builds = once ? [sourceBuild] : [sourceBuild, executableBuild];

/** The build, started by a parent with a socket; see test/support/socket-parent.ts. */
function inheriting({ name, command }: Build, mode: "keep" | "leave", where: string): Build {
  const node = repositoryFile("node_modules/.bin/node");
  return { name, command: [node, repositoryFile("test/support/socket-parent.ts"), mode, where, ...command] };
}

/** Asks geryon itself to drain: the process that the test has started is its parent. */
function terminate(proxy: RunningProxy): void {
  process.kill(Number(/^pid (\d+)$/m.exec(proxy.stdout)?.[1]), "SIGTERM");
}

for (const build of builds) {
  describe(`an inherited socket (${build.name})`, { timeout: 120_000 }, () => {
    const folder = new TemporaryFolder();
    let origin: RawServer;

    before(async () => {
      origin = await RawServer.open();
    });

    after(async () => {
      await origin[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    });

    const start = async (parent: Build, workers: string): Promise<RunningProxy> => {
      const flags = ["--listen", "fd:3", "--admin", "127.0.0.1:0", "--workers", workers];
      return await RunningProxy.start(parent, [...flags, `127.0.0.1:${origin.port}`]);
    };

    /** Sends through the proxy; resolves with the endpoint's side once it is there. */
    const reach = async (client: RawPeer, name: string): Promise<RawPeer> => {
      const served = (): RawPeer | undefined => origin.peers.find((peer) => peer.text() === name);
      client.socket.write(name);
      await until(() => served() !== undefined, `${name} is through`);
      return served() as RawPeer;
    };

    for (const workers of ["1", "2"]) {
      it(`serves, drains and leaves it to its parent, with --workers ${workers}`, needsInheritance, async () => {
        await using proxy = await start(inheriting(build, "keep", "0"), workers);
        const port = proxy.port();
        const clients: RawPeer[] = [];
        const shares = async (): Promise<readonly number[]> => {
          const stats = (await (await proxy.admin("/stats")).json()) as Stats;
          assert.equal(stats.listeners[0]?.address, `127.0.0.1:${port}`);
          return stats.workers.map(({ totalConnections }) => totalConnections);
        };
        // Which worker takes a client is the kernel's choice.
        do {
          const client = await rawClient(port);
          const peer = await reach(client, `${build.name}, ${workers}, ${clients.length}`);
          peer.socket.write("pong");
          await until(() => client.text() === "pong", "the answer is through");
          clients.push(client);
        } while (clients.length < 500 && (await shares()).includes(0));
        assert.ok(!(await shares()).includes(0), "each worker has clients");
        assert.equal(proxy.records("listening")[0]?.["io"], "reactor");

        terminate(proxy);
        await proxy.says('"msg":"draining"');
        const next = await rawClient(port);
        for (const client of clients) client.socket.end();
        for (const peer of origin.peers) peer.socket.end();
        await proxy.says('"msg":"drained"');
        await next.ended;
        assert.equal(next.text(), "parent");
      });
    }

    it("does not let clients wait at a port that nobody else has, while it drains", needsInheritance, async () => {
      await using proxy = await start(inheriting(build, "leave", "0"), "2");
      const client = await rawClient(proxy.port());
      const peer = await reach(client, `${build.name}, the last`);
      try {
        terminate(proxy);
        await proxy.says('"msg":"draining"');
        await until(async () => {
          const refused = hopefulClient(proxy.port());
          refused.socket.once("connect", () => refused.socket.destroy());
          await refused.closed;
          return refused.error === "ECONNREFUSED";
        }, "the port is closed");
      } finally {
        client.socket.end();
        peer.socket.end();
        await proxy.says('"msg":"drained"');
      }
    });

    it("accepts on a unix socket with all workers, and does not remove it", needsInheritance, async () => {
      const path = folder.file(`${build.name}.sock`);
      await using proxy = await start(inheriting(build, "keep", path), "2");
      assert.equal(proxy.records("listening")[0]?.["address"], `unix:${path}`);
      const client = await rawClient(path);
      const peer = await reach(client, `${build.name}, unix`);
      client.socket.end();
      peer.socket.end("pong");
      await client.ended;
      assert.equal(client.text(), "pong");
      terminate(proxy);
      await proxy.says('"msg":"drained"');
      assert.ok(existsSync(path));
      const next = await rawClient(path);
      await next.ended;
      assert.equal(next.text(), "parent");
    });

    it("says what is wrong when there is none", needsInheritance, async () => {
      for (const workers of ["1", "2"]) {
        const args = ["proxy", ...ioFlags, "--workers", workers, "--listen", "fd:500", "127.0.0.1:1"];
        const { code, stderr } = await runToEnd([...build.command, ...args]);
        assert.equal(code, 3, stderr);
        assert.match(stderr, /Cannot listen on fd:500: there is no descriptor 500: .*systemd.* \(EBADF\)/);
      }
    });

    it("is refused where the sockets cannot", async () => {
      const args = ["proxy", "--io", "runtime", "--listen", "fd:3", "127.0.0.1:1"];
      const { code, stderr } = await runToEnd([...build.command, ...args]);
      assert.equal(code, 2, stderr);
      assert.match(
        stderr,
        /--listen: "address" fd:3 needs the capability "inheritedSockets", which this runtime lacks/,
      );
    });
  });
}
