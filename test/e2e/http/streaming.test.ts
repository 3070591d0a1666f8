/** What is sent in pieces arrives in pieces: each before the next one is sent. */
import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { describe, it } from "node:test";
import { TemporaryFolder } from "../../support/programs.ts";
import { rawClient, until } from "../../support/sockets.ts";
import { HttpOrigin, startGateway, urlOf } from "./gateway.ts";

describe("streams through the gateway", { timeout: 120_000 }, () => {
  it("server-sent events: each arrives before the next one is sent", async () => {
    using folder = new TemporaryFolder();
    let events: ServerResponse | undefined;
    await using origin = await HttpOrigin.start((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      events = response;
    });
    await using gateway = await startGateway(folder, [origin.port]);
    const response = await fetch(`${urlOf(gateway)}/events`);
    assert.equal(response.headers.get("content-type"), "text/event-stream");
    const reader = (response.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream()).getReader();
    for (let index = 0; index < 100; index++) {
      const event = `data: ${index}\n\n`;
      events?.write(event);
      let got = "";
      while (got.length < event.length) got += (await reader.read()).value ?? "";
      assert.equal(got, event);
    }
    events?.end();
    assert.equal((await reader.read()).done, true);
  });

  it("a request's body: each piece arrives before the next one is sent", async () => {
    using folder = new TemporaryFolder();
    let got = "";
    await using origin = await HttpOrigin.start((request, response) => {
      request.on("data", (chunk: Buffer) => (got += chunk.toString()));
      request.on("end", () => response.end("done"));
    });
    await using gateway = await startGateway(folder, [origin.port]);
    const client = await rawClient(gateway.port("web"));
    client.socket.write("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let sent = "";
    for (let index = 0; index < 100; index++) {
      const piece = `piece ${index};`;
      sent += piece;
      client.socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      await until(() => got === sent, `piece ${index} is there`);
    }
    client.socket.write("0\r\n\r\n");
    await until(() => client.text().endsWith("done"), "the answer is there");
    client.socket.destroy();
  });

  it("both at once: an answer that begins before its request has ended", async () => {
    using folder = new TemporaryFolder();
    await using origin = await HttpOrigin.start((request, response) => {
      response.flushHeaders();
      request.pipe(response);
    });
    await using gateway = await startGateway(folder, [origin.port]);
    const client = await rawClient(gateway.port("web"));
    client.socket.write("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let index = 0; index < 50; index++) {
      const piece = `[${index}]`;
      client.socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`);
      await until(() => client.text().includes(piece), `the echo of ${index} is there`);
    }
    client.socket.write("0\r\n\r\n");
    await until(() => client.text().endsWith("0\r\n\r\n"), "the answer has ended");
    client.socket.destroy();
  });
});
