/**
 * What the core pays for a request and its answer, with all defaults and without the kernel: 50 clients send one each, then
 * 50 endpoints answer, on connections that are kept. A run of the bench is one request.
 */
import { nodeCapabilities } from "../../src/adapters/node/capabilities.ts";
import type { ForwardingSettings } from "../../src/core/server/http-settings.ts";
import assert from "node:assert/strict";
import { bench, run } from "mitata";
import { systemClock, systemRandom } from "../../src/adapters/compat/clock.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import type { ConnectHandler, ListenHandler, Runtime } from "../../src/core/runtime/runtime.ts";
import { ignoreSocket, type Socket, type SocketHandler } from "../../src/core/runtime/socket.ts";
import { ProxyServer } from "../../src/core/server/proxy-server.ts";
import { httpListenerSettings, routeSettings } from "../../test/support/http-settings.ts";
import { endpointSettings, upstreamSettings } from "../../test/support/settings.ts";

const clientCount = 50;
const endpointAddress: Address = { kind: "tcp", host: "127.0.0.1", port: 9001 };
const clientAddress: Address = { kind: "tcp", host: "192.0.2.133", port: 50_000 };
const encoder = new TextEncoder();
const wrk = "GET /0000000000001 HTTP/1.1\r\nHost: www.example.com\r\n\r\n";
const browser = [
  "GET /assets/app.js?v=17 HTTP/1.1",
  "Host: www.example.com",
  "Connection: keep-alive",
  'sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24", "Google Chrome";v="140"',
  "sec-ch-ua-mobile: ?0",
  'sec-ch-ua-platform: "Linux"',
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
  `Cookie: session=${"0123456789abcdef".repeat(8)}; theme=dark`,
  "",
  "",
].join("\r\n");
const answer = encoder.encode(
  "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Sun, 01 Nov 2026 02:03:04 GMT\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n" +
    "0000000000001",
);

/** A socket whose peer takes everything at once. */
class TestSocket implements Socket {
  handler: SocketHandler = ignoreSocket;
  readonly remoteAddress: Address;
  readonly localAddress = endpointAddress;
  readonly bufferedBytes = 0;
  written = 0;

  constructor(remoteAddress: Address) {
    this.remoteAddress = remoteAddress;
  }

  write(bytes: Uint8Array): boolean {
    this.written += bytes.length;
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  reset(): void {}
  destroy(): void {}
}

let accept: ListenHandler | undefined;
const connects: ConnectHandler[] = [];
const runtime: Runtime = {
  name: "bench",
  version: "1",
  io: "runtime",
  capabilities: nodeCapabilities(""),
  clock: systemClock,
  random: systemRandom,
  listen(_, handler) {
    accept = handler;
    return Promise.resolve({ address: endpointAddress, close: () => Promise.resolve() });
  },
  connect(_, handler) {
    connects.push(handler);
    return { cancel() {} };
  },
  resolve: () => ({ cancel() {} }),
  resources: () => ({ openDescriptors: 0, maxDescriptors: 1e6, memoryBytes: 0, maxMemoryBytes: 1e12 }),
};

const forwarding: ForwardingSettings = {
  xForwarded: true,
  forwarded: false,
  xRealIp: true,
  via: "geryon",
  requestId: "keep",
  trace: "continue",
};
const server = new ProxyServer(
  {
    listeners: [httpListenerSettings({ maxRequests: 1e9, forwarding })],
    routes: [routeSettings({ match: { path: { kind: "prefix", value: "/" }, headers: [], query: [] } })],
    upstreams: [upstreamSettings([endpointSettings(9001)], { policy: "least-connections" })],
    drainTimeoutMs: 0,
    limits: { maxConnections: "auto" },
  },
  runtime,
  {},
);
await server.start();
const clients = Array.from({ length: clientCount }, () => new TestSocket(clientAddress));
const endpoints: TestSocket[] = [];
for (const client of clients) accept?.onAccept(client);

/** A request of each client, with its answer. */
function round(request: Uint8Array): void {
  for (const client of clients) client.handler.onData(request);
  for (const handler of connects.splice(0)) {
    const socket = new TestSocket(endpointAddress);
    endpoints.push(socket);
    handler.onConnect(socket);
  }
  for (const endpoint of endpoints) endpoint.handler.onData(answer);
}

function measure(name: string, text: string): void {
  const request = encoder.encode(text);
  bench(name, () => round(request)).gc("once");
}

round(encoder.encode(wrk));
const [first] = clients;
assert.ok(first !== undefined && first.written === answer.length, "the client has another answer");
assert.equal(endpoints.length, clientCount);

measure("50 requests as wrk sends them", wrk);
measure("50 requests of a browser", browser);
await run({ throw: true });
process.exit(0);
