/**
 * Clients and endpoints that do whatever they may, in an order from a seed: each client gets the answers to its own requests,
 * in their order, whole or visibly cut; no POST is seen twice; and nothing is held when all of them are gone.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../../support/fake-clock.ts";
import { HttpStage } from "../../support/http-stage.ts";
import type { PlayedSocket } from "../../support/played-socket.ts";

const seeds = 40;
const steps = 400;

/** Dice of a seed. */
class Dice {
  readonly random: { next(): number };

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  below(count: number): number {
    return Math.floor(this.random.next() * count);
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  of<T>(items: readonly T[]): T | undefined {
    return items[this.below(items.length)];
  }
}

function chunked(body: string, dice: Dice): string {
  let text = "";
  for (let at = 0; at < body.length;) {
    const piece = body.slice(at, at + 1 + dice.below(body.length));
    text += `${piece.length.toString(16)}\r\n${piece}\r\n`;
    at += piece.length;
  }
  return `${text}0\r\n\r\n`;
}

/** A client with requests that it pipelines. */
class Client {
  readonly socket: PlayedSocket;
  readonly ids: string[] = [];
  toSend = "";
  gone = false;

  constructor(socket: PlayedSocket, name: string, dice: Dice) {
    this.socket = socket;
    const count = 1 + dice.below(4);
    for (let index = 0; index < count; index++) {
      const id = `${name}-${index}`;
      this.ids.push(id);
      const method = dice.of(["GET", "GET", "PUT", "POST"]) ?? "GET";
      const body = method === "GET" ? "" : "b".repeat(dice.chance(0.2) ? dice.below(200_000) : dice.below(50));
      const framing =
        body === "" ? "" : dice.chance(0.5) ? `Content-Length: ${body.length}\r\n` : "Transfer-Encoding: chunked\r\n";
      const expect = body !== "" && dice.chance(0.1) ? "Expect: 100-continue\r\n" : "";
      this.toSend += `${method} /${id} HTTP/1.1\r\nHost: a.test\r\n${framing}${expect}\r\n`;
      this.toSend += framing.startsWith("T") ? chunked(body, dice) : body;
    }
  }
}

/** An endpoint's connection: reads requests, and answers each with its path. */
class Origin {
  readonly socket: PlayedSocket;
  readonly seen: string[];
  toSend = "";
  endsAfter = false;
  #read = 0;
  #noted = false;
  #answered = false;

  constructor(socket: PlayedSocket, seen: string[]) {
    this.socket = socket;
    this.seen = seen;
  }

  /** Takes the requests that have come. */
  read(dice: Dice): void {
    const text = this.socket.received;
    for (;;) {
      const end = text.indexOf("\r\n\r\n", this.#read);
      if (end === -1) return;
      const head = text.slice(this.#read, end + 2);
      const [, method = "", path = ""] = /^(\S+) \/(\S+) HTTP\/1\.1\r\nHost: a\.test\r\n/.exec(head) ?? [];
      assert.notEqual(method, "", `a request: ${JSON.stringify(head.slice(0, 200))}`);
      if (!this.#noted) this.seen.push(`${method} ${path}`);
      this.#noted = true;
      const bodyEnd = this.#bodyEnd(text, head, end + 4);
      const early = bodyEnd === -1 && dice.chance(0.3);
      if (!this.#answered && (bodyEnd !== -1 || early)) this.#answer(path, dice);
      if (bodyEnd === -1) return;
      this.#read = bodyEnd;
      this.#noted = false;
      this.#answered = false;
    }
  }

  #bodyEnd(text: string, head: string, start: number): number {
    if (head.includes("Transfer-Encoding: chunked")) {
      const last = /(?:^|\r\n)0\r\n\r\n/.exec(text.slice(start));
      return last === null ? -1 : start + last.index + last[0].length;
    }
    const length = Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? 0);
    return text.length >= start + length ? start + length : -1;
  }

  #answer(path: string, dice: Dice): void {
    this.#answered = true;
    const body = `<${path}>${"x".repeat(dice.chance(0.2) ? dice.below(200_000) : 0)}`;
    if (dice.chance(0.1)) this.toSend += "HTTP/1.1 103 Early Hints\r\n\r\n";
    const kind = dice.below(10);
    if (kind === 0) {
      this.toSend += `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${body}`;
      this.endsAfter = true;
    } else if (kind < 5) this.toSend += `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunked(body, dice)}`;
    else this.toSend += `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }
}

/** The bodies of the answers in `text`; whether the last of them is whole. Own answers are their status. */
function answersIn(text: string): { readonly bodies: readonly string[]; readonly whole: boolean } {
  const bodies: string[] = [];
  let rest = text;
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    if (end === -1) return { bodies, whole: false };
    const head = rest.slice(0, end + 2);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1] ?? 0);
    assert.ok(status > 0, `an answer: ${JSON.stringify(rest.slice(0, 100))}`);
    rest = rest.slice(end + 4);
    if (status < 200) continue;
    let body = "";
    if (head.includes("Transfer-Encoding: chunked")) {
      for (;;) {
        const [line, size = ""] = /^([\da-f]+)\r\n/.exec(rest) ?? [];
        if (line === undefined) return { bodies, whole: false };
        const length = Number.parseInt(size, 16);
        const piece = rest.slice(line.length, line.length + length);
        if (rest.length < line.length + length + 2) return { bodies, whole: false };
        rest = rest.slice(line.length + length + 2);
        if (length === 0) break;
        body += piece;
      }
    } else {
      const length = Number(/Content-Length: (\d+)/.exec(head)?.[1] ?? 0);
      if (rest.length < length) return { bodies, whole: false };
      body = rest.slice(0, length);
      rest = rest.slice(length);
    }
    bodies.push(status === 200 ? body : String(status));
  }
  return { bodies, whole: true };
}

async function storm(seed: number): Promise<void> {
  const dice = new Dice(seed);
  await using stage = await HttpStage.open({
    endpoints: 3,
    endpoint: { maxConnections: 3 },
    random: dice.random,
    upstream: { queue: { maxLength: 5, timeoutMs: 5000 } },
    http: { minBodyRate: { bytesPerSecond: 0, graceMs: 0 } },
  });
  const clients: Client[] = [];
  const origins: Origin[] = [];
  const seen: string[] = [];
  const act = (): void => {
    const client = dice.of(clients.filter(({ gone }) => !gone));
    const origin = dice.of(origins.filter(({ socket }) => socket.closed === "no"));
    switch (dice.below(14)) {
      case 0:
        if (clients.length < 12) clients.push(new Client(stage.client(), `c${clients.length}`, dice));
        return;
      case 1:
        if (stage.connecting.length > 0 && dice.chance(0.9)) origins.push(new Origin(stage.accept(), seen));
        else if (stage.connecting.length > 0) stage.refuse();
        return;
      case 2:
        stage.advance(dice.below(10) === 0 ? dice.below(20_000) : dice.below(500));
        return;
      case 3:
        if (client === undefined || !dice.chance(0.1)) return;
        client.gone = true;
        client.socket.abort();
        return;
      case 4:
        if (origin !== undefined && dice.chance(0.5)) origin.socket.abort();
        return;
      case 5:
        if (origin !== undefined && dice.chance(0.3)) origin.socket.sendEnd();
        return;
      case 6:
        (dice.chance(0.5) ? client : origin)?.socket.stall();
        return;
      case 7:
        (dice.chance(0.5) ? client : origin)?.socket.take(dice.chance(0.5) ? Infinity : dice.below(50_000));
        return;
      default:
        if (client !== undefined && dice.chance(0.5)) return sendSome(client);
        if (origin !== undefined) answerSome(origin);
    }
  };
  const sendSome = (client: Client): void => {
    const count = dice.chance(0.3) ? 1 + dice.below(10) : 65_536;
    const text = client.toSend.slice(0, count);
    client.toSend = client.toSend.slice(count);
    if (text !== "" && !client.socket.gotEnd) client.socket.send(text);
    if (client.toSend === "" && dice.chance(0.2)) {
      client.gone = true;
      client.socket.sendEnd();
    }
  };
  const answerSome = (origin: Origin): void => {
    const count = dice.chance(0.3) ? 1 + dice.below(10) : 65_536;
    const text = origin.toSend.slice(0, count);
    origin.toSend = origin.toSend.slice(count);
    if (text !== "") origin.socket.send(text);
    if (origin.toSend === "" && origin.endsAfter) origin.socket.sendEnd();
  };
  for (let step = 0; step < steps; step++) {
    act();
    for (const origin of origins) origin.read(dice);
    assert.equal(stage.server.plane.http.out.length, 0);
    const [upstream] = stage.server.plane.upstreams;
    assert.ok(
      (upstream?.activeConnections ?? 0) + (upstream?.queue.length ?? 0) <= stage.service.connections.size,
      "who holds a place has a client",
    );
    for (const { socket } of [...clients, ...origins]) {
      assert.ok(socket.mostBuffered < 256 * 1024, `${socket.mostBuffered} bytes wait`);
    }
  }
  // Everybody takes what there is, and then goes.
  for (const { socket } of [...clients, ...origins]) socket.take();
  for (const { socket } of origins) socket.abort();
  while (stage.connecting.length > 0) stage.refuse();
  for (let second = 0; second < 200; second++) {
    stage.advance(1000);
    while (stage.connecting.length > 0) stage.refuse();
  }
  for (const client of clients) client.socket.sendEnd();
  stage.advance(5000);
  for (const { socket, ids } of clients) {
    const { bodies, whole } = answersIn(socket.received);
    assert.ok(bodies.length <= ids.length + 1);
    for (const [index, body] of bodies.entries()) {
      if (body.startsWith("<")) assert.ok(body.startsWith(`<${ids[index]}>`), `${body.slice(0, 20)} for ${ids[index]}`);
    }
    if (!whole) assert.ok(!socket.gotEnd, "what is cut does not end with FIN");
  }
  const posts = seen.filter((one) => one.startsWith("POST"));
  assert.equal(new Set(posts).size, posts.length, "no POST came twice");
  assert.equal(stage.server.activeConnections, 0);
  stage.assertNothingHeld();
  assert.equal(stage.network.clock.pending, 0);
}

describe("a storm", () => {
  it(`of ${seeds} seeds`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      try {
        await storm(seed);
      } catch (error) {
        throw new Error(`Seed ${seed}: ${String(error)}`, { cause: error });
      }
    }
  });
});
