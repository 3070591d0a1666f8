// @ts-check
/**
 * `node proxy.mjs NAME ENDPOINT_PORT`: one of the JavaScript proxies, as fast as its options let it be: connections to the
 * endpoint are kept, nothing is added to requests, nothing is logged. Says "port N".
 */
import http from "node:http";

const [, , name = "", endpoint = ""] = process.argv;
const target = `http://127.0.0.1:${endpoint}`;
const agent = new http.Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 1024 });

/** @type {Record<string, () => Promise<http.Server>>} */
const proxies = {
  "http-proxy": async () => {
    const { default: httpProxy } = await import("http-proxy");
    const proxy = httpProxy.createProxyServer({ target, agent });
    proxy.on("error", (_error, _request, response) => "writeHead" in response && response.writeHead(502).end());
    return http.createServer((request, response) => proxy.web(request, response));
  },
  httpxy: async () => {
    const { createProxyServer } = await import("httpxy");
    const proxy = createProxyServer({ target, agent });
    return http.createServer((request, response) => {
      proxy.web(request, response).catch(() => response.destroy());
    });
  },
  "fast-proxy": async () => {
    const { default: fastProxy } = await import("fast-proxy");
    const fast = fastProxy({ base: target });
    return http.createServer((request, response) => fast.proxy(request, response, request.url ?? "/", {}));
  },
  "fast-proxy-undici": async () => {
    const { default: fastProxy } = await import("fast-proxy");
    const fast = fastProxy({ base: target, undici: { connections: 128, pipelining: 1 } });
    return http.createServer((request, response) => fast.proxy(request, response, request.url ?? "/", {}));
  },
  "fastify-http-proxy": async () => {
    const [{ default: fastify }, { default: proxy }] = await Promise.all([
      import("fastify"),
      import("@fastify/http-proxy"),
    ]);
    const app = fastify({ logger: false, bodyLimit: 2 ** 30 });
    await app.register(proxy, { upstream: target, undici: { connections: 128, pipelining: 1 } });
    await app.ready();
    return app.server;
  },
};

const server = await proxies[name]?.();
if (server === undefined) throw new Error(`There is no proxy '${name}'`);
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", 4096, () => {
  const address = server.address();
  if (address !== null && typeof address === "object") console.log(`port ${address.port}`);
});
