/** Programs that people really put a proxy in front of. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RunningProxy, runToEnd, sourceBuild } from "../support/geryon.ts";
import {
  checksum,
  freePort,
  needsPrograms,
  RunningServer,
  startNginx,
  startRedis,
  TemporaryFolder,
  writeRandomFile,
} from "../support/programs.ts";

const bulkBytes = 200 * 2 ** 20;

describe("real programs through the proxy", { timeout: 300_000 }, () => {
  it("curl and nginx: 200 MiB down and up, byte for byte", needsPrograms("curl", "nginx"), async () => {
    using folder = new TemporaryFolder();
    await using nginx = await startNginx(folder);
    writeRandomFile(folder.file("files/down"), bulkBytes);
    await using proxy = await RunningProxy.start(sourceBuild, ["--listen", "127.0.0.1:0", `127.0.0.1:${nginx.port}`]);
    const url = `http://127.0.0.1:${proxy.port()}`;
    const down = await runToEnd(["curl", "-sSf", "-o", folder.file("got"), `${url}/down`]);
    assert.equal(down.code, 0, down.stderr);
    const expected = await checksum(folder.file("files/down"));
    assert.equal(await checksum(folder.file("got")), expected);
    const up = await runToEnd(["curl", "-sSf", "-T", folder.file("got"), `${url}/up`]);
    assert.equal(up.code, 0, up.stderr);
    assert.equal(await checksum(folder.file("files/up")), expected);
  });

  it("redis-benchmark and redis-server", needsPrograms("redis-server", "redis-benchmark"), async () => {
    using folder = new TemporaryFolder();
    await using redis = await startRedis(folder);
    await using proxy = await RunningProxy.start(sourceBuild, ["--listen", "127.0.0.1:0", `127.0.0.1:${redis.port}`]);
    const benchmark = ["redis-benchmark", "-p", String(proxy.port()), "-c", "50", "-d", "100", "--csv"];
    const plain = await runToEnd([...benchmark, "-n", "20000", "-t", "set,get,lrange_100"]);
    assert.equal(plain.code, 0, plain.stderr);
    assert.match(plain.stdout, /^"SET",/m);
    assert.match(plain.stdout, /^"GET",/m);
    assert.doesNotMatch(plain.stdout + plain.stderr, /error/i);
    const pipelined = await runToEnd([...benchmark, "-n", "50000", "-t", "set,get", "-P", "16"]);
    assert.equal(pipelined.code, 0, pipelined.stderr);
    assert.doesNotMatch(pipelined.stdout + pipelined.stderr, /error/i);
  });

  it("a client of socat that half-closes gets its whole answer", needsPrograms("socat"), async () => {
    const free = await freePort();
    // Answers only when the request's end is seen: `wc -c` counts until FIN.
    await using origin = await RunningServer.start(
      ["socat", "-t10", `TCP-LISTEN:${free},bind=127.0.0.1,fork,reuseaddr`, "SYSTEM:wc -c"],
      free,
    );
    await using proxy = await RunningProxy.start(sourceBuild, ["--listen", "127.0.0.1:0", `127.0.0.1:${origin.port}`]);
    const command = `head -c 3000000 /dev/zero | socat -t10 - TCP:127.0.0.1:${proxy.port()}`;
    const { code, stdout } = await runToEnd(["sh", "-c", command]);
    assert.equal(code, 0);
    assert.equal(stdout.trim(), "3000000");
  });

  it("promtool accepts the metrics", needsPrograms("promtool", "curl"), async () => {
    const port = await freePort();
    const proxyArgs = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", `127.0.0.1:${port}`];
    await using proxy = await RunningProxy.start(sourceBuild, proxyArgs);
    const url = `http://127.0.0.1:${proxy.port("admin")}/metrics`;
    const { code, stdout, stderr } = await runToEnd(["sh", "-c", `curl -sSf ${url} | promtool check metrics`]);
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stdout + stderr, "");
  });
});
