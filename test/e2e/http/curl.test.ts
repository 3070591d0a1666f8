/** What curl says to the gateway, and what it gets. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runToEnd } from "../../support/geryon.ts";
import { needsPrograms, TemporaryFolder } from "../../support/programs.ts";
import { HttpOrigin, startGateway, urlOf } from "./gateway.ts";

/** What the origin saw of a request. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly version: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Answers what it saw. */
function startMirror(): Promise<HttpOrigin> {
  return HttpOrigin.start((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method, url, httpVersion: version, headers } = request;
      const body = Buffer.concat(chunks).toString();
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ method, url, version, headers, body }));
    });
  });
}

describe("curl through the gateway", { timeout: 120_000 }, () => {
  it("speaks HTTP/1.1 and 1.0, with and without bodies", needsPrograms("curl"), async () => {
    using folder = new TemporaryFolder();
    await using origin = await startMirror();
    await using gateway = await startGateway(folder, [origin.port]);
    const url = urlOf(gateway);
    const curl = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runToEnd(["curl", "-sS", "--max-time", "20", ...args]);
      assert.equal(code, 0, stderr);
      return stdout;
    };
    const seen = async (...args: string[]): Promise<Seen> => JSON.parse(await curl(...args)) as Seen;

    const plain = await seen(`${url}/a?b=c`);
    assert.deepEqual([plain.method, plain.url, plain.version, plain.body], ["GET", "/a?b=c", "1.1", ""]);
    assert.equal(plain.headers["host"], new URL(url).host);
    assert.equal(plain.headers["x-forwarded-for"], "127.0.0.1");
    assert.equal(plain.headers["x-forwarded-proto"], "http");
    assert.match(plain.headers["via"] ?? "", /^1\.1 /);

    const posted = await seen("-d", "x=1", `${url}/form`);
    assert.deepEqual([posted.method, posted.body, posted.headers["content-length"]], ["POST", "x=1", "3"]);

    const old = await seen("-0", `${url}/old`);
    assert.deepEqual([old.method, old.version], ["GET", "1.1"]);
    assert.match(old.headers["via"] ?? "", /^1\.0 /);

    const chunked = await seen("-H", "Transfer-Encoding: chunked", "-d", "in chunks", `${url}/chunks`);
    assert.deepEqual([chunked.body, chunked.headers["transfer-encoding"]], ["in chunks", "chunked"]);
    assert.equal(chunked.headers["content-length"], undefined);

    const expecting = await seen("-H", "Expect: 100-continue", "-d", "when told", `${url}/expect`);
    assert.equal(expecting.body, "when told");

    const headOnly = await curl("-I", `${url}/head`);
    assert.match(headOnly, /^HTTP\/1\.1 200 OK\r\n/);
    assert.doesNotMatch(headOnly, /\{/);

    const two = await curl(`${url}/1`, `${url}/2`, "-w", "\\n%{num_connects}\\n");
    assert.match(two, /"url":"\/1".*\n1\n.*"url":"\/2".*\n0\n/s, "the second on the same connection");
  });

  it("gets 100 before it sends a body", needsPrograms("curl"), async () => {
    using folder = new TemporaryFolder();
    await using origin = await startMirror();
    await using gateway = await startGateway(folder, [origin.port]);
    const args = ["-v", "--expect100-timeout", "30", "-H", "Expect: 100-continue", "-d", "body"];
    const { code, stderr } = await runToEnd(["curl", "-sS", "--max-time", "20", ...args, urlOf(gateway)]);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /< HTTP\/1\.1 100 Continue/);
  });

  it("is told what is wrong", needsPrograms("curl"), async () => {
    using folder = new TemporaryFolder();
    await using gateway = await startGateway(folder, [1], { http: "maxBody: 10B", upstream: "health: off" });
    const statusOf = async (...args: string[]): Promise<string> =>
      (await runToEnd(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "20", ...args])).stdout;
    const url = urlOf(gateway);
    assert.equal(await statusOf(url), "502", "nothing listens on port 1");
    assert.equal(await statusOf("-d", "more than ten bytes", url), "413");
    assert.equal(await statusOf("--path-as-is", `${url}/../x`), "400");
    assert.equal(await statusOf("-H", "Host: a/b", url), "400");
    assert.equal(await statusOf(`${url}/${"x".repeat(9000)}`), "414");
    assert.equal(await statusOf("-H", `X-A: ${"x".repeat(9000)}`, url), "431");
  });
});
