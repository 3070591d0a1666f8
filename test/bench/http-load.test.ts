/** The load generator of HTTP takes no answer for right that is wrong. */
import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { startHttpOrigin } from "../../bench/load/bench.ts";
import { type LoadOptions, LoadFailure, NativePrograms } from "../../bench/load/native.ts";
import { needsPrograms, TemporaryFolder } from "../support/programs.ts";

describe("the load generator of HTTP", needsPrograms("gcc", "taskset"), () => {
  let folder: TemporaryFolder;
  let native: NativePrograms;

  before(() => {
    folder = new TemporaryFolder();
    native = new NativePrograms(folder);
  });
  after(() => folder[Symbol.dispose]());

  const loads: readonly (readonly [mode: string, options: LoadOptions])[] = [
    ["http", {}],
    ["http", { head: "browser", path: "/@00000/items/", groups: 100 }],
    ["http-new", { close: 1 }],
    ["http-rate", { rate: 1000 }],
    ["http-rate", { rate: 1000, slow: 3, everyMs: 10 }],
    ["http-bulk", { verify: 1 }],
    ["http-bulk", { verify: 1, up: 1 }],
  ];
  for (const [mode, options] of loads) {
    it(`agrees with our origin: ${mode} ${JSON.stringify(options)}`, async () => {
      await using origin = await startHttpOrigin(native);
      const result = await native.load(mode, { ...options, port: origin.port, connections: 3, ms: 50, warmMs: 0 });
      assert.ok(result.count > 0);
    });
  }

  /** Answers with the number of the request, unless told otherwise. */
  async function load(mode: string, answer: http.RequestListener, options: LoadOptions = {}): Promise<unknown> {
    const server = http.createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    try {
      return await native.load(mode, { ...options, port, connections: 2, ms: 50, warmMs: 0 });
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }
  function say(status: number, body: string, more: http.OutgoingHttpHeaders = {}): http.RequestListener {
    return (_, response) => response.writeHead(status, { "content-length": body.length, ...more }).end(body);
  }
  function own(request: http.IncomingMessage): string {
    return request.url?.slice(-13) ?? "";
  }

  it("goes on over a new connection when an answer ends the old one", async () => {
    const connections = new Set<unknown>();
    await load("http", (request, response) => {
      connections.add(request.socket);
      say(200, own(request), { connection: "close" })(request, response);
    });
    assert.ok(connections.size > 2);
  });

  const wrong: readonly (readonly [what: string, says: RegExp, answer: http.RequestListener])[] = [
    ["another status", /the answer is HTTP\/1.1 503/, say(503, "0123456789012")],
    ["another length", /another length/, say(200, "no")],
    ["the answer to another request", /to another request/, say(200, "0123456789012")],
    ["no length", /tells no length/, (_, response) => void (response.write("0123456789012"), response.end())],
    ["no answer", /ended before its answer/, (_, response) => response.destroy()],
  ];
  for (const [what, says, answer] of wrong) {
    it(`refuses ${what}`, async () => {
      for (const mode of ["http", "http-new", "http-rate"]) {
        await assert.rejects(load(mode, answer), (error) => error instanceof LoadFailure && says.test(error.message));
      }
    });
  }

  it("refuses who does not wait for slow clients", async () => {
    const impatient: http.RequestListener = (request, response) => {
      if (request.method === "POST") response.destroy();
      else say(200, own(request))(request, response);
    };
    await assert.rejects(load("http-rate", impatient, { slow: 2, everyMs: 10 }), /a slow body was not waited for/);
  });

  it("refuses other bytes in a large body, and one that was not taken whole", async () => {
    const zeros = "0".repeat(1000);
    await assert.rejects(load("http-bulk", say(200, zeros), { bytes: 1000, verify: 1 }), /other bytes came back/);
    await assert.rejects(load("http-bulk", say(200, zeros), { bytes: 2000 }), /another length/);
    await assert.rejects(load("http-bulk", say(200, "0000000000999"), { bytes: 1000, up: 1 }), /not all bytes/);
  });
});
