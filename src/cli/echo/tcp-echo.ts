import type { Address } from "../../core/runtime/address.ts";
import type { Listener, Runtime } from "../../core/runtime/runtime.ts";
import { ignoreSocket, type Socket, type SocketHandler } from "../../core/runtime/socket.ts";

/** A TCP server that sends back what it gets: all of it, in order, and FIN for FIN. */
export class TcpEcho {
  /** The bound address, with the port that the kernel chose. */
  readonly address: Address;
  readonly #listener: Listener;
  readonly #counts: EchoCounts;

  /** Rejects with a `ListenError`. `onAcceptError` is told when clients cannot be accepted for now. */
  static async start(runtime: Runtime, address: Address, onAcceptError: (code: string) => void): Promise<TcpEcho> {
    const counts = new EchoCounts();
    const listener = await runtime.listen(
      {
        address,
        backlog: 4096,
        ipv6Only: false,
        reusePort: false,
        keepAliveMs: 60_000,
        highWaterMarkBytes: 256 * 1024,
      },
      { onAccept: (socket) => void new EchoConnection(socket, counts), onAcceptError },
    );
    return new TcpEcho(listener, counts);
  }

  private constructor(listener: Listener, counts: EchoCounts) {
    this.#listener = listener;
    this.#counts = counts;
    this.address = listener.address;
  }

  /** Connections ever accepted. */
  get totalConnections(): number {
    return this.#counts.total;
  }

  /** Connections that run. */
  get activeConnections(): number {
    return this.#counts.open.size;
  }

  /** Bytes sent back. */
  get bytes(): number {
    return this.#counts.bytes;
  }

  /** Stops listening; what runs goes on. */
  async close(): Promise<void> {
    await this.#listener.close();
  }

  /** Stops listening and ends what runs. */
  async stop(): Promise<void> {
    await this.#listener.close();
    for (const connection of this.#counts.open) connection.stop();
    this.#counts.open.clear();
  }
}

class EchoCounts {
  readonly open = new Set<EchoConnection>();
  total = 0;
  bytes = 0;
}

class EchoConnection implements SocketHandler {
  readonly #socket: Socket;
  readonly #counts: EchoCounts;

  constructor(socket: Socket, counts: EchoCounts) {
    this.#socket = socket;
    this.#counts = counts;
    counts.total++;
    counts.open.add(this);
    socket.handler = this;
    socket.resume();
  }

  stop(): void {
    this.#socket.handler = ignoreSocket;
    this.#socket.destroy();
  }

  onData(bytes: Uint8Array): void {
    this.#counts.bytes += bytes.byteLength;
    if (!this.#socket.write(bytes)) this.#socket.pause();
  }

  onDrain(): void {
    this.#socket.resume();
  }

  onEnd(): void {
    this.#socket.end();
  }

  onClose(): void {
    this.#counts.open.delete(this);
  }
}
