/** The least that relays on Node: what the port and the core are measured against. Arguments: the endpoint's port. */
import net from "node:net";

const endpoint = Number(process.argv[2]);

const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
  const upstream = net.connect({ port: endpoint, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  client.pipe(upstream);
  upstream.pipe(client);
  client.on("error", () => upstream.destroy());
  upstream.on("error", () => client.destroy());
});
server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as net.AddressInfo).port}`));
