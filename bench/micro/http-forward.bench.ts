/** What it costs to write the head of a request to an endpoint, and of its answer to the client, with all defaults. */
import { bench, do_not_optimize, group, run } from "mitata";
import { systemClock, systemRandom } from "../../src/adapters/compat/clock.ts";
import { ByteWriter } from "../../src/core/bytes/byte-writer.ts";
import { ClientFacts } from "../../src/core/http/forward/client-facts.ts";
import { RequestId, RequestIds } from "../../src/core/http/forward/request-id.ts";
import { RequestWriter } from "../../src/core/http/forward/request-writer.ts";
import { ResponseWriter } from "../../src/core/http/forward/response-writer.ts";
import { TraceContext } from "../../src/core/http/forward/trace-context.ts";
import { HttpDate } from "../../src/core/http/forward/wall-time.ts";
import type { HttpSettings } from "../../src/core/server/http-settings.ts";
import type { HeaderRules, RouteSettings } from "../../src/core/server/http-settings.ts";
import { RequestParser } from "../../src/core/wire/request-parser.ts";
import { ResponseParser } from "../../src/core/wire/response-parser.ts";
import { http, route, variables } from "../../test/core/http/http-fixtures.ts";

const wrk = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n";
const browser = [
  "GET /assets/app.js?v=17 HTTP/1.1",
  "Host: www.example.com",
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"',
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Sec-Fetch-Site: same-origin",
  "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Dest: document",
  "Referer: https://www.example.com/",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
  `Cookie: session=${"0123456789abcdef".repeat(8)}; theme=dark`,
  "",
  "",
].join("\r\n");
const answer =
  "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sun, 01 Nov 2026 02:03:04 GMT\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n" +
  'Connection: keep-alive\r\nETag: "66a1"\r\nAccept-Ranges: bytes\r\n\r\n';
const rules: HeaderRules = {
  remove: ["x-debug"],
  set: [{ name: "x-client", value: "{client.ip}" }],
  add: [{ name: "x-path", value: "{request.path} of {request.host}" }],
};

group("a request", () => {
  bench("wrk's", request(wrk, http, route));
  bench("a browser's", request(browser, http, route));
  bench("wrk's, with Forwarded and a trace started", request(wrk, withMore(), route));
  bench("a browser's, with header rules", request(browser, http, { ...route, requestHeaders: rules }));
});
group("an answer", () => {
  bench("nginx's", response(route));
  bench("nginx's, with header rules", response({ ...route, responseHeaders: rules }));
});

await run({ throw: true });

function withMore(): HttpSettings {
  return { ...http, forwarding: { ...http.forwarding, forwarded: true, trace: "start" } };
}

function request(text: string, settings: HttpSettings, to: RouteSettings): () => void {
  const parser = new RequestParser(settings);
  const bytes = new TextEncoder().encode(text);
  if (parser.read(bytes, 0, bytes.length, undefined) !== bytes.length) throw new Error(parser.reason);
  const { head } = parser;
  const target = new ByteWriter(64);
  target.latin1(head.target);
  const requestId = new RequestId(new RequestIds(systemRandom));
  const trace = new TraceContext(systemRandom);
  const client = new ClientFacts(
    { kind: "tcp", host: "192.0.2.133", port: 50_000 },
    { kind: "tcp", host: "127.0.0.1", port: 8080 },
    false,
  );
  const facts = {
    client,
    target,
    body: head.bodyKind,
    contentLength: 0,
    upgrade: "",
    expectsContinue: false,
    close: false,
    requestId,
    trace,
    variables,
  };
  const writer = new RequestWriter(settings, to);
  const out = new ByteWriter(4096);
  return () => {
    out.clear();
    requestId.begin(head, settings.forwarding.requestId);
    trace.begin(head, settings.forwarding.trace);
    writer.write(out, head, facts);
    do_not_optimize(out.length);
  };
}

function response(to: RouteSettings): () => void {
  const parser = new ResponseParser(http);
  const bytes = new TextEncoder().encode(answer);
  if (parser.read(bytes, 0, bytes.length, undefined, false) !== bytes.length) throw new Error(parser.reason);
  const { head } = parser;
  const facts = {
    close: false,
    minorVersion: 1,
    body: head.bodyKind,
    contentLength: 13,
    upgrade: "",
    variables,
  } as const;
  const writer = new ResponseWriter(http, to, new HttpDate(systemClock));
  const out = new ByteWriter(4096);
  return () => {
    out.clear();
    writer.write(out, head, facts);
    do_not_optimize(out.length);
  };
}
