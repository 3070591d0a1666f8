/** Servers that people really put a gateway in front of. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { repositoryFile, type RunningProxy } from "../../support/geryon.ts";
import { freePort, needsPrograms, RunningServer, startNginx, TemporaryFolder } from "../../support/programs.ts";
import { startGateway, urlOf } from "./gateway.ts";

/** Larger than any buffer on the way. */
const bytes = randomBytes(5 * 2 ** 20);

/** Answers a GET with the bytes of its path's number, and a POST with what it got. */
const servers = {
  node: `require("node:http").createServer((request, response) => {
    if (request.method === "POST") request.pipe(response);
    else response.end("x".repeat(Number(request.url.slice(1))));
  }).listen(Number(process.argv[2]), "127.0.0.1");`,
  bun: `Bun.serve({ hostname: "127.0.0.1", port: Number(process.argv[2]), async fetch(request) {
    if (request.method === "POST") return new Response(await request.arrayBuffer());
    return new Response("x".repeat(Number(new URL(request.url).pathname.slice(1))));
  } });`,
  deno: `Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.args[0]) }, (request) => {
    if (request.method === "POST") return new Response(request.body);
    return new Response("x".repeat(Number(new URL(request.url).pathname.slice(1))));
  });`,
} as const;

async function check(gateway: RunningProxy): Promise<void> {
  const url = urlOf(gateway);
  for (const size of [0, 1, 1000, 100_000, 1_000_000]) {
    const response = await fetch(`${url}/${size}`);
    assert.equal(response.status, 200);
    assert.equal((await response.text()).length, size);
  }
  const whole = await fetch(url, { method: "POST", body: bytes });
  assert.deepEqual(Buffer.from(await whole.arrayBuffer()).equals(bytes), true);
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, index) => (await (await fetch(`${url}/${index}`)).text()).length),
  );
  assert.deepEqual(answers, Array.from(answers.keys()));
}

describe("servers behind the gateway", { timeout: 180_000 }, () => {
  for (const [name, script] of Object.entries(servers)) {
    it(`the server of ${name}`, async () => {
      using folder = new TemporaryFolder();
      const file = folder.file("server.cjs");
      writeFileSync(file, script);
      const port = await freePort();
      const run = name === "deno" ? ["run", "-A"] : [];
      const program = repositoryFile(`node_modules/.bin/${name}`);
      await using server = await RunningServer.start([program, ...run, file, String(port)], port);
      await using gateway = await startGateway(folder, [server.port]);
      await check(gateway);
    });
  }

  it("nginx: files, ranges, conditions", needsPrograms("nginx"), async () => {
    using folder = new TemporaryFolder();
    await using nginx = await startNginx(folder);
    writeFileSync(folder.file("files/five"), bytes);
    await using gateway = await startGateway(folder, [nginx.port]);
    const url = `${urlOf(gateway)}/five`;
    const whole = await fetch(url);
    assert.ok(Buffer.from(await whole.arrayBuffer()).equals(bytes));
    const part = await fetch(url, { headers: { range: "bytes=10-19" } });
    assert.equal(part.status, 206);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20)));
    const unchanged = await fetch(url, { headers: { "if-none-match": whole.headers.get("etag") ?? "" } });
    assert.deepEqual([unchanged.status, await unchanged.text()], [304, ""]);
    const headOnly = await fetch(url, { method: "HEAD" });
    assert.deepEqual([headOnly.headers.get("content-length"), await headOnly.text()], [String(bytes.length), ""]);
    assert.equal((await fetch(`${urlOf(gateway)}/none`)).status, 404);
  });

  it("http.server of Python, which speaks HTTP/1.0", needsPrograms("python3"), async () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file("files"));
    writeFileSync(folder.file("files/five"), bytes);
    const port = await freePort();
    const command = ["python3", "-m", "http.server", String(port), "--bind", "127.0.0.1", "-d", folder.file("files")];
    await using server = await RunningServer.start(command, port);
    await using gateway = await startGateway(folder, [server.port]);
    const url = urlOf(gateway);
    for (let turn = 0; turn < 5; turn++) {
      const response = await fetch(`${url}/five`);
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
    }
    assert.match(await (await fetch(url)).text(), /five/);
    const posted = await fetch(url, { method: "POST", body: "x" });
    assert.equal(posted.status, 501, "it knows no POST");
    await posted.text();
  });
});
