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
  end(socket: RawSocket): void;
  close(socket: RawSocket): void;
}
declare const Bun: {
  listen(options: object): { readonly port: number };
  connect(options: object): Promise<RawSocket>;
};

const endpoint = Number(process.argv[2]);
const relay: Handlers = {
  binaryType: "uint8array",
  data: (socket, bytes) => void socket.data?.write(bytes),
  end: (socket) => socket.data?.shutdown(),
  close: (socket) => socket.data?.end(),
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
