import net from "node:net";

/** A client that keeps its connection, and knows which endpoint it is on: the endpoint says so first. */
export class HeldClient {
  readonly socket: net.Socket;
  /** What the endpoint greeted with; empty when the connection ended before. */
  readonly greeting: Promise<string>;
  readonly closed: Promise<void>;
  #received = "";
  #wanted: (() => void) | undefined;

  constructor(port: number, localAddress = "127.0.0.1") {
    this.socket = net.connect({ port, host: "127.0.0.1", localAddress, noDelay: true });
    this.socket.on("error", () => {});
    this.socket.on("data", (chunk: Buffer) => {
      this.#received += chunk.toString();
      this.#wanted?.();
    });
    this.closed = new Promise((resolve) => this.socket.on("close", () => resolve()));
    this.greeting = Promise.race([this.#until("!"), this.closed.then(() => "")]);
  }

  /** Sends a line and resolves with what came back: empty when the connection ended before. */
  ask(line: string): Promise<string> {
    this.#received = "";
    this.socket.write(`${line}\n`);
    return Promise.race([this.#until("\n"), this.closed.then(() => "")]);
  }

  /** Ends in good order. */
  async end(): Promise<void> {
    this.socket.end();
    await this.closed;
  }

  #until(mark: string): Promise<string> {
    return new Promise((resolve) => {
      this.#wanted = () => {
        if (this.#received.includes(mark)) resolve(this.#received);
      };
      this.#wanted();
    });
  }
}

/** An endpoint that greets with its name and `!`, and then sends back what it gets. */
export class GreetingEndpoint implements AsyncDisposable {
  readonly name: string;
  /** Connections now, and the most there ever were. */
  active = 0;
  peak = 0;
  total = 0;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();

  static async open(name: string): Promise<GreetingEndpoint> {
    const endpoint = new GreetingEndpoint(name);
    await new Promise<void>((resolve) =>
      endpoint.#server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, resolve),
    );
    return endpoint;
  }

  private constructor(name: string) {
    this.name = name;
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      this.total++;
      this.active++;
      this.peak = Math.max(this.peak, this.active);
      this.#sockets.add(socket);
      socket.on("error", () => {});
      // A place is free at the latest when both FINs are out; the close event may come after the next client.
      let counted = true;
      const over = (): void => {
        if (counted) this.active--;
        counted = false;
      };
      socket.on("close", () => {
        over();
        this.#sockets.delete(socket);
      });
      socket.on("end", () => {
        over();
        socket.end();
      });
      socket.write(`${name}!`);
      socket.on("data", (chunk: Buffer) => void socket.write(chunk));
    });
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }
}
