/** The clients that JavaScript has. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { Agent, Pool, request } from "undici";
import { TemporaryFolder } from "../../support/programs.ts";
import { HttpOrigin, startGateway, urlOf } from "./gateway.ts";

/** Answers the method, the target and the checksum of the body; `/stream` the body itself. */
function startMirror(): Promise<HttpOrigin> {
  return HttpOrigin.start((incoming, response) => {
    if (incoming.url === "/stream") {
      incoming.pipe(response);
      return;
    }
    const hash = createHash("sha256");
    incoming.on("data", (chunk: Buffer) => hash.update(chunk));
    incoming.on("end", () => response.end(`${incoming.method} ${incoming.url} ${hash.digest("hex")}`));
  });
}

function checksumOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const megabytes = new Uint8Array(3 * 2 ** 20).map((_, index) => index * 31 + (index >> 8));

/** Bun has a module of that name built in, which is not undici. */
const noUndici = "close" in Agent.prototype ? false : "this runtime puts a module of its own in undici's place";

describe("clients in JavaScript through the gateway", { timeout: 120_000 }, () => {
  it("fetch of this runtime", async () => {
    using folder = new TemporaryFolder();
    await using origin = await startMirror();
    await using gateway = await startGateway(folder, [origin.port]);
    const url = urlOf(gateway);
    assert.match(await (await fetch(`${url}/a?b`)).text(), /^GET \/a\?b /);
    const posted = await fetch(`${url}/p`, { method: "POST", body: megabytes });
    assert.equal(await posted.text(), `POST /p ${checksumOf(megabytes)}`);
    const headOnly = await fetch(`${url}/h`, { method: "HEAD" });
    assert.deepEqual([headOnly.status, await headOnly.text()], [200, ""]);
    const answers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => await (await fetch(`${url}/${index}`)).text()),
    );
    for (const [index, text] of answers.entries()) assert.match(text, new RegExp(`^GET /${index} `));
  });

  it("undici: pools, pipelining and streams", { skip: noUndici }, async () => {
    using folder = new TemporaryFolder();
    await using origin = await startMirror();
    await using gateway = await startGateway(folder, [origin.port]);
    const url = urlOf(gateway);
    const dispatcher = new Agent();
    const posted = await request(`${url}/p`, { method: "PUT", body: megabytes, dispatcher });
    assert.equal(await posted.body.text(), `PUT /p ${checksumOf(megabytes)}`);
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < megabytes.length; at += 65_536) yield megabytes.subarray(at, at + 65_536);
    }
    const streamed = await request(`${url}/stream`, { method: "POST", body: Readable.from(pieces()), dispatcher });
    assert.equal(checksumOf(new Uint8Array(await streamed.body.arrayBuffer())), checksumOf(megabytes));
    await dispatcher.close();

    const pool = new Pool(url, { connections: 4, pipelining: 10 });
    const answers = await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const { statusCode, body } = await pool.request({ path: `/${index}`, method: "GET" });
        return `${statusCode} ${await body.text()}`;
      }),
    );
    for (const [index, text] of answers.entries()) assert.match(text, new RegExp(`^200 GET /${index} `));
    await pool.close();
  });
});
