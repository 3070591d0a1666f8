/** The data plane as it ships: checks, timeouts, counters and records on. Arguments: the endpoint's port. */
import { validateConfig } from "../../../src/config/validate-config.ts";
import { ProxyServer } from "../../../src/core/server/proxy-server.ts";
import { currentRuntime } from "../../../test/support/current-runtime.ts";

const result = validateConfig({
  listeners: { bench: { address: "127.0.0.1:0", upstream: "origin" } },
  upstreams: { origin: { policy: "least-connections", endpoints: [`127.0.0.1:${process.argv[2]}`] } },
});
if (!result.ok) throw new Error(result.errors[0]?.what);
let records = 0;
const server = new ProxyServer(result.config, await currentRuntime(), {
  onConnectionEnd: () => void records++,
});
await server.start();
const address = server.listeners[0]?.address;
console.log(`port ${address?.kind === "tcp" ? address.port : 0}`);
