/**
 * What is taken and written again in the one canonical way, two other parsers read as the same message: llhttp, through
 * Node's own server, and http-parser-js. (The reader in requests-property.test.ts reads what was sent.)
 */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HTTPParser } from "http-parser-js";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import { latin1Text } from "../../../src/core/bytes/octets.ts";
import { writeChunk, writeLastChunk } from "../../../src/core/wire/chunk-writer.ts";
import { anyRequest, mutate } from "./generate-requests.ts";
import { bytesOf, WireReader, type Message } from "./read-wire.ts";

/** What the others tell of a message. */
interface Heard {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

/** Both know methods from a list. */
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
const notLlhttp = "bun" in process.versions || "deno" in process.versions;
const skip = notLlhttp ? "llhttp: only Node's http is built on it" : false;

const reader = new WireReader();
HTTPParser.encoding = "latin1";

/** The message as a proxy would send it on: framing from what was understood, never from what was sent. */
function canonical(message: Message): string {
  const fields = message.fields.filter(([name]) => name !== "content-length" && name !== "transfer-encoding");
  const framing: [string, string][] = [];
  const body = new ByteWriter(256);
  const data = bytesOf(message.body);
  if (message.framing === "chunked") {
    framing.push(["transfer-encoding", "chunked"]);
    writeChunk(body, data, 0, data.length);
    writeLastChunk(body);
  } else if (message.framing !== "none") {
    framing.push(["content-length", `${message.body.length}`]);
    body.range(data, 0, data.length);
  }
  const lines = [...fields, ...framing].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return `${message.start}\r\n${lines}\r\n${latin1Text(body.bytes, 0, body.length)}`;
}

function expected(message: Message): Heard {
  const [method = "", target = "", version = ""] = message.start.split(" ");
  const rest = message.fields.filter(([name]) => name !== "content-length" && name !== "transfer-encoding");
  const framing: (readonly [string, string])[] = [];
  if (message.framing === "chunked") framing.push(["transfer-encoding", "chunked"]);
  else if (message.framing !== "none") framing.push(["content-length", `${message.body.length}`]);
  return { method, target, version, fields: [...rest, ...framing], body: message.body };
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return Array.from(
    { length: raw.length / 2 },
    (_, index) => [(raw[2 * index] ?? "").toLowerCase(), raw[2 * index + 1] ?? ""] as const,
  );
}

function hearHttpParserJs(text: string): Heard[] {
  const heard: Heard[] = [];
  const parser = new HTTPParser(HTTPParser.REQUEST);
  let body = "";
  let head: Omit<Heard, "body"> | undefined = undefined;
  parser[HTTPParser.kOnHeadersComplete] = (info) => {
    const version = `HTTP/${info.versionMajor}.${info.versionMinor}`;
    const method = HTTPParser.methods[info.method] ?? "";
    head = { method, target: info.url, version, fields: pairs(info.headers) };
  };
  parser[HTTPParser.kOnBody] = (chunk, offset, length) => {
    body += latin1Text(chunk, offset, offset + length);
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    assert.ok(head !== undefined);
    heard.push({ ...head, body });
    head = undefined;
    body = "";
  };
  const error = parser.execute(Buffer.from(text, "latin1"));
  if (error instanceof Error) throw error;
  return heard;
}

/** The first messages that Node's server reads, and how it refused one. */
async function hearLlhttp(text: string, count: number): Promise<(Heard | string)[]> {
  const heard: (Heard | string)[] = [];
  const [ours, theirs] = duplexPair();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    const add = (message: Heard | string): void => {
      heard.push(message);
      if (heard.length === count || typeof message === "string") resolve();
    };
    server.on("request", (request: IncomingMessage, response) => {
      let body = "";
      request.on("data", (chunk: Buffer) => (body += chunk.toString("latin1")));
      request.on("end", () => {
        const { method = "", url = "", httpVersion, rawHeaders } = request;
        add({ method, target: url, version: `HTTP/${httpVersion}`, fields: pairs(rawHeaders), body });
        response.end();
      });
      request.on("error", reject);
    });
    server.on("clientError", (error: Error & { code?: string }) => add(`${error.code}`));
    server.emit("connection", theirs);
    ours.resume();
    ours.write(Buffer.from(text, "latin1"));
  });
  ours.destroy();
  theirs.destroy();
  return heard;
}

/** Those that the others can know too. */
function isComparable(message: Message): boolean {
  const named = (name: string): boolean => message.fields.some(([each]) => each === name);
  const isKnown = methods.includes(message.start.slice(0, message.start.indexOf(" ")));
  // Node answers an expectation before it hands a request out, and an upgrade in a way of its own.
  return isKnown && !named("expect") && !named("upgrade");
}

const mutation = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5000 }), fc.nat({ max: 5000 }));

describe("what is written canonically", () => {
  it("is the same message for http-parser-js, as generated and mutated", () => {
    let compared = 0;
    fc.assert(
      fc.property(anyRequest, mutation, (request, [kind, place, choice]) => {
        for (const text of [request.text, mutate(request.text, kind, place, choice)]) {
          const message = reader.request([bytesOf(text)]);
          if (message.verdict !== "whole" || !isComparable(message)) continue;
          assert.deepEqual(hearHttpParserJs(canonical(message)), [expected(message)]);
          compared++;
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(compared > 300, `${compared}`);
  });

  it("is the same message for llhttp, as generated and mutated, and the next one too", { skip }, async () => {
    let compared = 0;
    const next = "GET /next HTTP/1.1\r\nhost: next\r\n\r\n";
    await fc.assert(
      fc.asyncProperty(anyRequest, mutation, async (request, [kind, place, choice]) => {
        for (const text of [request.text, mutate(request.text, kind, place, choice)]) {
          const message = reader.request([bytesOf(text)]);
          if (message.verdict !== "whole" || !isComparable(message)) continue;
          const { keepAlive } = message;
          const heard = await hearLlhttp(canonical(message) + (keepAlive ? next : ""), keepAlive ? 2 : 1);
          assert.deepEqual(heard[0], expected(message));
          if (keepAlive) assert.equal((heard[1] as Heard).target, "/next");
          compared++;
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(compared > 80, `${compared}`);
  });
});
