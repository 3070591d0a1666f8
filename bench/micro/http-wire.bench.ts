/** What the codec of HTTP/1.1 costs: a head that is whole in one piece, one that comes in two, and a chunked body. */
import assert from "node:assert/strict";
import { bench, do_not_optimize, group, run } from "mitata";
import { ByteWriter } from "../../src/core/bytes/byte-writer.ts";
import { BodyReader } from "../../src/core/wire/body-reader.ts";
import { writeChunk, writeLastChunk } from "../../src/core/wire/chunk-writer.ts";
import { RequestParser } from "../../src/core/wire/request-parser.ts";
import { ResponseParser } from "../../src/core/wire/response-parser.ts";
import { TrailerParser } from "../../src/core/wire/trailer-parser.ts";

const limits = { maxLineBytes: 8192, maxHeadBytes: 16_384, maxHeaders: 100 };
const requests = new RequestParser(limits);
const answers = new ResponseParser(limits);
const body = new BodyReader(new TrailerParser([]));

const wrk = head("GET / HTTP/1.1", "Host: 127.0.0.1:8080");
const browser = head(
  "GET /static/css/main.3f2a.css?v=20240117 HTTP/1.1",
  "Host: www.example.com",
  "Connection: keep-alive",
  'sec-ch-ua-platform: "Linux"',
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
  "Accept: text/css,*/*;q=0.1",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: no-cors",
  "Sec-Fetch-Dest: style",
  "Referer: https://www.example.com/",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9",
  "Cookie: session=0123456789abcdef0123",
);
const answer = head(
  "HTTP/1.1 200 OK",
  "Server: nginx/1.27.3",
  "Date: Sat, 18 Jan 2025 10:00:00 GMT",
  "Content-Type: text/html; charset=utf-8",
  "Content-Length: 13",
  "Connection: keep-alive",
);
const chunked = (): Uint8Array => {
  const written = new ByteWriter(70_000);
  const data = new Uint8Array(8192).fill(97);
  for (let chunk = 0; chunk < 8; chunk++) writeChunk(written, data, 0, data.length);
  writeLastChunk(written);
  return written.written;
};
const chunks = chunked();
const rewritten = new ByteWriter(70_000);

group("a request", () => {
  measure(`GET of wrk, ${wrk.length} bytes`, () => {
    do_not_optimize(requests.read(wrk, 0, wrk.length, undefined));
  });
  measure(`GET of a browser, ${browser.length} bytes`, () => {
    do_not_optimize(requests.read(browser, 0, browser.length, undefined));
  });
  measure(`GET of a browser in two pieces, ${browser.length} bytes`, () => {
    requests.read(browser, 0, 300, undefined);
    do_not_optimize(requests.read(browser, 300, browser.length, requests.partial));
  });
});

group("an answer", () => {
  measure(`head, ${answer.length} bytes`, () => {
    do_not_optimize(answers.read(answer, 0, answer.length, undefined, false));
  });
});

group("a chunked body", () => {
  measure("64 KiB in chunks of 8 KiB, read", () => {
    body.begin("chunked", 0);
    let read = 0;
    for (let at = 0; !body.done; read += body.dataEnd - body.dataStart) at = body.next(chunks, at, chunks.length);
    do_not_optimize(read);
  });
  measure("64 KiB in chunks of 8 KiB, read and written", () => {
    body.begin("chunked", 0);
    rewritten.clear();
    for (let at = 0; !body.done;) {
      at = body.next(chunks, at, chunks.length);
      writeChunk(rewritten, chunks, body.dataStart, body.dataEnd);
    }
    writeLastChunk(rewritten);
    do_not_optimize(rewritten.length);
  });
});

assert.equal(requests.read(browser, 0, browser.length, undefined), browser.length);
assert.equal(answers.read(answer, 0, answer.length, undefined, false), answer.length);
assert.equal(rewritten.length, chunks.length);
await run({ throw: true });

function head(...lines: string[]): Uint8Array {
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

/** Once it is compiled: mitata would measure one call at a time what it finds to be slow at first. */
function measure(name: string, call: () => void): void {
  for (let index = 0; index < 20_000; index++) call();
  bench(name, call);
}
