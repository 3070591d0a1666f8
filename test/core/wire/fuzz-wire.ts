/** Mutated messages against the codec: whatever comes, it ends, keeps little, and says the same however it was cut. */
import assert from "node:assert/strict";
import { seededRandom } from "../../support/fake-clock.ts";
import { mutate } from "./generate-requests.ts";
import { bytesOf, cut, limits, WireReader, type Verdict } from "./read-wire.ts";
import { readReference } from "./reference-reader.ts";

/** How many inputs ended how. */
export interface FuzzCounts {
  whole: number;
  more: number;
  refused: number;
}

const host = "Host: a.example\r\n";
const requests: readonly string[] = [
  `GET / HTTP/1.1\r\n${host}\r\n`,
  `GET /a/%20b;c?d=e&f={"g":1} HTTP/1.1\r\n${host}User-Agent: x\r\nAccept: */*\r\nCookie: a=b; c=d\r\n\r\n`,
  `\r\nPOST /p HTTP/1.1\r\n${host}Content-Length: 11\r\n\r\nhello worldGET / HTTP/1.1\r\n${host}\r\n`,
  `POST /c HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1a;x="y"\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nX-Sum: 1\r\n\r\n`,
  `PUT /e HTTP/1.1\r\n${host}Expect: 100-continue\r\nConnection: close, x-mine\r\nX-Mine: 1\r\nContent-Length: 3\r\n\r\nabc`,
  `GET http://a.example:80/abs?q HTTP/1.1\r\n${host}\r\n`,
  `OPTIONS * HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n`,
  `GET /old HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
  `GET /ws HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  `CONNECT a.example:443 HTTP/1.1\r\n${host}\r\n`,
  `GET /long HTTP/1.1\r\n${host}A: ${"b".repeat(9000)}\r\nC: ${"d".repeat(9000)}\r\n\r\n`,
  `GET /many HTTP/1.1\r\n${host}${"a: b\r\n".repeat(98)}\r\n`,
];
const answers: readonly string[] = [
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nKeep-Alive: timeout=5, max=10\r\n\r\nhello",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204\r\n\r\n",
  "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nto the end",
  'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nETag: "a"\r\n\r\n',
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x02hi",
];
/** The largest head doubles once too often. */
const mostKept = 2 * (limits.maxHeadBytes + 2);

/** Throws for the first input that breaks a rule, with what it was. */
export function fuzzWire(inputs: number, seed: number): FuzzCounts {
  const random = seededRandom(seed);
  const below = (count: number): number => Math.floor(random.next() * count);
  const reader = new WireReader(limits, ["x-sum"]);
  const counts: FuzzCounts = { whole: 0, more: 0, refused: 0 };
  for (let input = 0; input < inputs; input++) {
    const isRequest = below(4) > 0;
    const base = isRequest ? requests : answers;
    let text = base[below(base.length)] as string;
    for (let mutations = below(4); mutations >= 0; mutations--) {
      text = mutate(text, below(6), below(text.length + 1), below(10_000));
    }
    const bytes = bytesOf(text);
    const cuts = Array.from({ length: below(6) }, () => below(bytes.length + 1));
    const toHead = below(8) === 0;
    const read = (pieces: readonly Uint8Array[]): Verdict =>
      isRequest ? reader.request(pieces) : reader.answer(pieces, toHead);
    try {
      const verdict = read([bytes]);
      assert.deepEqual(read(cut(bytes, cuts)), verdict);
      if (isRequest && verdict.verdict === "whole") {
        const { start, fields, framing, body, at } = verdict;
        assert.deepEqual({ start, fields, framing, body, length: at }, readReference(text));
      }
      assert.ok(reader.mostKept <= mostKept, `${reader.mostKept} bytes kept`);
      counts[verdict.verdict]++;
    } catch (error) {
      throw new Error(`seed ${seed}, input ${input}: ${JSON.stringify(text)} cut at ${cuts.join()}`, { cause: error });
    }
  }
  return counts;
}
