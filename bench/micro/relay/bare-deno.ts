/** The least that relays on Deno: what the port and the core are measured against. Arguments: the endpoint's port. */
interface Conn {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  closeWrite(): Promise<void>;
  setNoDelay(on: boolean): void;
  close(): void;
}
declare const Deno: {
  listen(options: object): { readonly addr: { readonly port: number }; accept(): Promise<Conn> };
  connect(options: object): Promise<Conn>;
};

const endpoint = Number(process.argv[2]);

async function copy(from: Conn, to: Conn): Promise<void> {
  const buffer = new Uint8Array(16 * 1024);
  for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
    for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
  }
  await to.closeWrite();
}

async function relay(client: Conn): Promise<void> {
  const upstream = await Deno.connect({ hostname: "127.0.0.1", port: endpoint });
  client.setNoDelay(true);
  upstream.setNoDelay(true);
  await Promise.all([copy(client, upstream), copy(upstream, client)]).catch(() => {});
  client.close();
  upstream.close();
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
console.log(`port ${listener.addr.port}`);
while (true) void relay(await listener.accept());
