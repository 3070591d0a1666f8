/** One listener for HTTP and for what is not. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import net from "node:net";
import { describe, it } from "node:test";
import { RunningProxy, sourceBuild } from "../../support/geryon.ts";
import { TemporaryFolder } from "../../support/programs.ts";
import { rawClient, until } from "../../support/sockets.ts";
import { HttpOrigin, urlOf } from "./gateway.ts";

describe("protocol: auto", { timeout: 60_000 }, () => {
  it("gives requests to routes, and all else to the upstream, with every byte", async () => {
    using folder = new TemporaryFolder();
    await using origin = await HttpOrigin.start((_, response) => void response.end("http"));
    const greeter = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on("error", () => {});
      socket.write("hello ");
      socket.pipe(socket);
    });
    greeter.listen(0, "127.0.0.1");
    await once(greeter, "listening");
    const { port } = greeter.address() as net.AddressInfo;
    const path = folder.file("auto.yaml");
    writeFileSync(
      path,
      `workers: 1
listeners: { web: { address: "127.0.0.1:0", protocol: auto, upstream: tcp, detectTimeout: 300ms } }
routes: [{ name: all, match: {}, upstream: http }]
upstreams:
  http: { endpoints: ["127.0.0.1:${origin.port}"], health: off }
  tcp: { endpoints: ["127.0.0.1:${port}"], health: off }
admin: { address: "127.0.0.1:0" }
`,
    );
    await using gateway = await RunningProxy.start(sourceBuild, ["--config", path]);
    assert.equal(await (await fetch(urlOf(gateway))).text(), "http");
    const web = gateway.port("web");
    for (const pieces of [["SET a b\r\n"], ["GET", " /key\r\n"], ["\u0001\u0002"]]) {
      const peer = await rawClient(web);
      for (const piece of pieces) peer.socket.write(piece);
      await until(() => peer.text() === `hello ${pieces.join("")}`, `${pieces.join()} comes back`);
      peer.socket.end();
      await peer.ended;
    }
    // Its server speaks first; and one that only ends is none of HTTP either.
    const silent = await rawClient(web);
    await until(() => silent.text() === "hello ", "the server speaks");
    silent.socket.end("bye");
    await silent.ended;
    assert.equal(silent.text(), "hello bye");
    await until(async () => (await gateway.listener("web")).outcomes.ok === 5, "all five ended well");
    greeter.close();
  });
});
