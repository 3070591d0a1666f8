/** Exchanges that become tunnels: when they do, when they do not, and how they end (RFC 9110 section 7.8). */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { answer, HttpStage, parseAnswer, request } from "../../support/http-stage.ts";
import { routeSettings } from "../../support/http-settings.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

const kib = 1024;
const lateMs = 100;
const asks = request("GET /chat", ["Connection: Upgrade", "Upgrade: WebSocket", "Sec-WebSocket-Key: x"]);
const switches = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n";

async function tunnel(stage: HttpStage): Promise<{ readonly client: PlayedSocket; readonly endpoint: PlayedSocket }> {
  const client = stage.client(asks);
  const endpoint = stage.accept();
  endpoint.send(switches);
  client.next();
  endpoint.next();
  return { client, endpoint };
}

describe("tunnels", () => {
  it("begin after a matching 101; bytes go both ways then, as they are", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(asks);
    const endpoint = stage.accept();
    assert.match(endpoint.next(), /\r\nConnection: upgrade\r\nUpgrade: websocket\r\n/i);
    endpoint.send(switches);
    const { status, fields } = parseAnswer(client.next());
    assert.equal(status, 101);
    assert.ok(fields.some((field) => /^connection: upgrade$/i.test(field)));
    client.send("GET / HTTP/1.1\r\n\r\n");
    assert.equal(endpoint.next(), "GET / HTTP/1.1\r\n\r\n");
    endpoint.send("\0\u00ff");
    assert.equal(client.next(), "\0\u00ff");
    assert.equal(stage.records.length, 0, "it is under way");
    assert.equal(stage.server.upstreams[0]?.activeConnections, 1);
  });

  it("what the client sent ahead arrives after the 101, not before", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(`${asks}ahead `);
    const endpoint = stage.accept();
    client.send("of time");
    assert.ok(endpoint.next().endsWith("\r\n\r\n"));
    endpoint.send(switches);
    assert.equal(endpoint.next(), "ahead of time");
    client.send("!");
    assert.equal(endpoint.next(), "!");
  });

  it("much of it: the client is held back, and goes on when the tunnel is there", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(asks);
    const endpoint = stage.accept();
    for (let sent = 0; sent < 512; sent += 16) client.send("x".repeat(16 * kib));
    assert.ok(client.unreadBytes > 450 * kib);
    endpoint.next();
    endpoint.send(switches);
    assert.equal(endpoint.next().length, 512 * kib);
  });

  it("what comes right behind the 101 arrives, and is counted", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(asks);
    const endpoint = stage.accept();
    endpoint.send(`${switches}hello`);
    assert.equal(parseAnswer(client.received).body, "hello");
    client.send("bye");
    client.sendEnd();
    endpoint.sendEnd();
    const [record] = stage.records;
    assert.deepEqual([record?.bytesUp, record?.bytesDown, record?.status, record?.outcome], [3, 5, 101, "ok"]);
    const [served] = stage.endpoints;
    assert.deepEqual([served?.up.total, served?.down.total], [3, 5]);
    assert.deepEqual([stage.service.counters.up.total, stage.service.counters.down.total], [3, 5]);
    stage.assertNothingHeld();
  });

  it("each side's FIN is passed on, and the other goes on", async () => {
    await using stage = await HttpStage.open();
    const { client, endpoint } = await tunnel(stage);
    client.sendEnd();
    assert.ok(endpoint.gotEnd);
    endpoint.send("late");
    assert.equal(client.next(), "late");
    endpoint.sendEnd();
    assert.deepEqual([client.closed, endpoint.closed], ["ended", "ended"]);
    assert.deepEqual(stage.outcomes, ["101 ok"]);
    assert.equal(stage.server.activeConnections, 0);
    stage.assertNothingHeld();
  });

  it("FIN that came before the 101 is passed on behind it", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(`${asks}all`);
    client.sendEnd();
    const endpoint = stage.accept();
    assert.ok(!endpoint.gotEnd);
    endpoint.send(`${switches}yes`);
    assert.ok(endpoint.received.endsWith("\r\n\r\nall"));
    assert.ok(endpoint.gotEnd);
    endpoint.sendEnd();
    assert.equal(parseAnswer(client.received).body, "yes");
    assert.deepEqual(stage.outcomes, ["101 ok"]);
  });

  it("a reset of one side resets the other", async () => {
    for (const first of ["client", "endpoint"] as const) {
      await using stage = await HttpStage.open();
      const sides = await tunnel(stage);
      sides[first].abort();
      assert.equal(sides[first === "client" ? "endpoint" : "client"].closed, "reset");
      assert.deepEqual(stage.outcomes, [`101 ${first}-reset`]);
      assert.equal(stage.server.activeConnections, 0);
      stage.assertNothingHeld();
    }
  });

  it("a slow side holds the other back, in both directions", async () => {
    for (const slow of ["client", "endpoint"] as const) {
      await using stage = await HttpStage.open();
      const sides = await tunnel(stage);
      const fast = sides[slow === "client" ? "endpoint" : "client"];
      sides[slow].stall();
      for (let sent = 0; sent < 512; sent += 16) fast.send("x".repeat(16 * kib));
      assert.ok(sides[slow].mostBuffered <= 80 * kib);
      sides[slow].take();
      assert.equal(sides[slow].next().length, 512 * kib);
    }
  });

  it("a client that has not taken the 101 holds its endpoint back from the beginning", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(asks);
    client.stall();
    const endpoint = stage.accept();
    endpoint.send(switches + "x".repeat(80 * kib));
    for (let sent = 0; sent < 512; sent += 16) endpoint.send("x".repeat(16 * kib));
    assert.ok(client.mostBuffered <= 100 * kib, `${client.mostBuffered} bytes wait`);
    client.take();
    assert.equal(parseAnswer(client.received).body.length, (80 + 512) * kib);
  });

  it("nothing moves for long: both are cut; FIN of one side only: after its own time", async () => {
    await using stage = await HttpStage.open({ routes: [routeSettings({ tunnelTimeoutMs: 100_000 })] });
    const { client, endpoint } = await tunnel(stage);
    stage.advance(90_000);
    client.send("x");
    stage.advance(99_900);
    assert.equal(client.closed, "no");
    stage.advance(100 + lateMs);
    assert.deepEqual([client.closed, endpoint.closed], ["reset", "reset"]);
    const half = await tunnel(stage);
    half.client.sendEnd();
    stage.advance(30_000 + lateMs);
    assert.notEqual(half.endpoint.closed, "no");
    assert.deepEqual(stage.outcomes, ["101 idle-timeout", "101 fin-timeout"]);
    stage.assertNothingHeld();
  });

  it("no other timeout holds for them", async () => {
    await using stage = await HttpStage.open();
    const { client, endpoint } = await tunnel(stage);
    for (let i = 0; i < 10; i++) {
      stage.advance(599_000);
      endpoint.send(".");
    }
    assert.equal(client.next().length, 10);
    stage.advance(500_000);
    client.send("!");
    assert.equal(endpoint.next(), "!");
  });

  it("last until the deadline of a drain", async () => {
    const stage = await HttpStage.open({ drainTimeoutMs: 20_000 });
    const { client, endpoint } = await tunnel(stage);
    const drained = await stage.drain();
    client.send("still");
    assert.equal(endpoint.next(), "still");
    stage.advance(19_900);
    assert.equal(client.closed, "no");
    stage.advance(200);
    assert.equal(await drained.result, 1);
    assert.deepEqual(stage.outcomes, ["101 drain-timeout"]);
  });
});

describe("no tunnel", () => {
  it("without a 101: the answer is an answer, and both connections go on", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(asks);
    const endpoint = stage.accept();
    endpoint.send(answer("no", [], "403 Forbidden"));
    assert.equal(parseAnswer(client.next()).status, 403);
    client.send(request("GET /"));
    assert.ok(endpoint.next().endsWith(request("GET /")));
    endpoint.send(answer("ok"));
    assert.equal(parseAnswer(client.next()).body, "ok");
    assert.deepEqual(stage.outcomes, ["403 ok", "200 ok"]);
  });

  it("what a client sent ahead of a 101 that does not come is never forwarded as it is", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(`${asks}\u0081frame${request("GET /smuggled")}`);
    const endpoint = stage.accept();
    endpoint.send(answer("no", [], "403 Forbidden"));
    assert.ok(!endpoint.received.includes("frame"));
    assert.match(client.received, /HTTP\/1\.1 403 [^]*HTTP\/1\.1 400 /);
    assert.ok(client.gotEnd);
  });

  it("for a protocol that the route does not let: the request goes on without its upgrade", async () => {
    for (const protocol of ["h2c", "websocket, h2c"]) {
      await using stage = await HttpStage.open();
      const client = stage.client(request("GET /", ["Connection: upgrade", `Upgrade: ${protocol}`]));
      const endpoint = stage.accept();
      assert.ok(!/upgrade/i.test(endpoint.received));
      endpoint.send(`HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: ${protocol}\r\n\r\n`);
      assert.equal(parseAnswer(client.received).status, 502);
      assert.deepEqual(stage.outcomes, ["502 response-malformed"]);
    }
  });

  it("after a 101 to another protocol, or to none: 502, and nothing behind it gets through", async () => {
    for (const text of [
      switches.replace("websocket", "h2c"),
      switches.replace("Upgrade: websocket\r\n", ""),
      switches.replace("Connection: upgrade\r\n", ""),
    ]) {
      await using stage = await HttpStage.open();
      const client = stage.client(asks);
      const endpoint = stage.accept();
      endpoint.send(`${text}secret`);
      assert.equal(parseAnswer(client.received).status, 502);
      assert.ok(!client.received.includes("secret"));
      assert.equal(endpoint.closed, "reset");
      stage.assertNothingHeld();
    }
  });

  it("for a client that goes while it waits for the 101", async () => {
    await using stage = await HttpStage.open();
    const client = stage.client(asks);
    const endpoint = stage.accept();
    client.abort();
    assert.equal(endpoint.closed, "reset");
    assert.deepEqual(stage.outcomes, ["0 client-reset"]);
    stage.assertNothingHeld();
  });
});
