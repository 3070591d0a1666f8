/** The least that relays on Bun: what the port and the core are measured against. Arguments: the endpoint's port. */
interface RawSocket {
  data: RawSocket | undefined;
  write(bytes: Uint8Array): number;
  shutdown(): void;
  end(): void;
  pause(): void;
  resume(): void;
}
interface Handlers {
  binaryType: "uint8array";
  open?(socket: RawSocket): void;
  data(socket: RawSocket, bytes: Uint8Array): void;
  drain(socket: RawSocket): void;
  end(socket: RawSocket): void;
  close(socket: RawSocket): void;
}
declare const Bun: {
  listen(options: object): { readonly port: number };
  connect(options: object): Promise<RawSocket>;
};

const endpoint = Number(process.argv[2]);

/** What each socket was given and the kernel did not take; its peer is paused meanwhile. */
const rests = new Map<RawSocket, Uint8Array>();
/** Those whose FIN is due behind their rest. */
const endsDue = new Set<RawSocket>();

/** Writes, and keeps what the kernel does not take. */
function write(socket: RawSocket, bytes: Uint8Array): void {
  const sent = Math.max(0, socket.write(bytes));
  if (sent === bytes.byteLength) return;
  // The bytes are the runtime's after this call.
  rests.set(socket, bytes.slice(sent));
  socket.data?.pause();
}

const relay: Handlers = {
  binaryType: "uint8array",
  data: ({ data: peer }, bytes) => {
    if (peer === undefined) return;
    const rest = rests.get(peer);
    // Pausing may come too late for a chunk that was read already.
    if (rest === undefined) write(peer, bytes);
    else rests.set(peer, Buffer.concat([rest, bytes]));
  },
  drain: (socket) => {
    const rest = rests.get(socket);
    if (rest === undefined) return;
    rests.delete(socket);
    write(socket, rest);
    if (rests.has(socket)) return;
    if (endsDue.delete(socket)) socket.shutdown();
    else socket.data?.resume();
  },
  end: ({ data: peer }) => {
    if (peer === undefined) return;
    if (rests.has(peer)) endsDue.add(peer);
    else peer.shutdown();
  },
  close: (socket) => {
    rests.delete(socket);
    endsDue.delete(socket);
    const peer = socket.data;
    if (peer !== undefined && !rests.has(peer)) peer.end();
  },
};
const listener = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  allowHalfOpen: true,
  socket: {
    ...relay,
    open(client: RawSocket) {
      client.pause();
      const socket = {
        ...relay,
        open(upstream: RawSocket) {
          upstream.data = client;
          client.data = upstream;
          client.resume();
        },
      };
      void Bun.connect({ hostname: "127.0.0.1", port: endpoint, allowHalfOpen: true, socket });
    },
  },
});
console.log(`port ${listener.port}`);
