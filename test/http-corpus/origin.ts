/** An origin on a raw socket: it records what it saw on each connection, and answers as a case says. */
import net from "node:net";
import { type OriginAnswer, plainAnswer } from "./case.ts";
import type { Changes } from "./changes.ts";
import { type Message, readMessage } from "./reader.ts";

/** The targets of the runner's own requests, which get an answer of their own. */
export const ownTarget = /^GET \/(?:sentinel|probe)-\d+ /;

/** A connection of the proxy to the origin. */
interface OriginConnection {
  readonly socket: net.Socket;
  /** What no message was made of yet. */
  rest: string;
  /** The head of the message in `rest` was answered. */
  headAnswered: boolean;
  answer: OriginAnswer | undefined;
  tunnel: boolean;
  /** The other side has sent FIN or RST, or the connection is over. */
  ended: boolean;
  /** No request on it is answered any more. */
  finished: boolean;
}

/** One listener; what it has seen belongs to the case since the last `begin`. */
export class ScriptedOrigin {
  /** The whole requests so far, in the order in which they were complete; without the runner's own. */
  messages: Message[] = [];
  /** All that came through tunnels. */
  tunnelled = "";
  /** All bytes that came, of whatever connection, without the runner's own requests. */
  received = "";
  #script: OriginAnswer[] = [];
  readonly #connections = new Set<OriginConnection>();
  readonly #changes: Changes;
  readonly #server: net.Server;

  static async open(changes: Changes): Promise<ScriptedOrigin> {
    const origin = new ScriptedOrigin(changes);
    await new Promise<void>((resolve, reject) => {
      origin.#server.once("error", reject);
      origin.#server.listen({ host: "127.0.0.1", port: 0 }, resolve);
    });
    return origin;
  }

  private constructor(changes: Changes) {
    this.#changes = changes;
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Forgets what was seen, and takes the answers of another case. */
  begin(script: readonly OriginAnswer[]): void {
    this.#script = [...script];
    this.messages = [];
    this.tunnelled = "";
    this.received = "";
  }

  /** The requests that began and have not ended. */
  get unfinished(): string[] {
    return [...this.#connections].filter((one) => one.rest !== "").map((one) => one.rest);
  }

  /** All connections with an unfinished request have ended. */
  get unfinishedEnded(): boolean {
    return [...this.#connections].every((one) => one.rest === "" || one.ended);
  }

  /** Ends the connections that no further request may come on. */
  forgetEnded(all = false): void {
    for (const one of this.#connections) {
      if (!all && one.rest === "" && !one.ended && !one.tunnel && !one.finished) continue;
      one.socket.destroy();
      this.#connections.delete(one);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#connections) one.socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #accept(socket: net.Socket): void {
    const connection: OriginConnection = {
      socket,
      rest: "",
      headAnswered: false,
      answer: undefined,
      tunnel: false,
      ended: false,
      finished: false,
    };
    this.#connections.add(connection);
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.#take(connection, bytes.toString("latin1"));
      this.#changes.notify();
    });
    const over = (): void => {
      connection.ended = true;
      this.#changes.notify();
    };
    socket.on("end", () => {
      over();
      if (!connection.finished) socket.end();
    });
    socket.on("error", over);
    socket.on("close", over);
  }

  #take(connection: OriginConnection, text: string): void {
    if (connection.tunnel) {
      this.tunnelled += text;
      connection.socket.write(text, "latin1");
      return;
    }
    connection.rest += text;
    if (!ownTarget.test(connection.rest)) this.received += text;
    while (!connection.tunnel) {
      const message = readMessage(connection.rest, { kind: "request" });
      if (message === undefined || !message.hasHead) return;
      const own = ownTarget.exec(message.bytes);
      connection.answer ??= own === null ? (this.#script.shift() ?? { end: plainAnswer }) : { end: ownAnswer(own[0]) };
      if (!connection.headAnswered) {
        connection.headAnswered = true;
        write(connection, connection.answer.head);
      }
      if (!message.whole) return;
      connection.rest = connection.rest.slice(message.bytes.length);
      if (own === null) this.messages.push(message);
      this.#finish(connection, connection.answer);
    }
  }

  #finish(connection: OriginConnection, answer: OriginAnswer): void {
    connection.headAnswered = false;
    connection.answer = undefined;
    const { after = "keep" } = answer;
    write(connection, answer.end);
    if (after === "close") {
      connection.finished = true;
      connection.socket.end();
    } else if (after === "reset") {
      connection.finished = true;
      connection.socket.resetAndDestroy();
    } else if (after === "tunnel") {
      connection.tunnel = true;
      const { rest } = connection;
      connection.rest = "";
      if (rest !== "") this.#take(connection, rest);
    }
  }
}

function write(connection: OriginConnection, text: string | undefined): void {
  if (text !== undefined && text !== "") connection.socket.write(text, "latin1");
}

/** What the runner's own requests are answered: their target, so that no other answer can be taken for it. */
export function ownAnswer(line: string): string {
  const target = line.split(" ")[1] ?? "";
  return `HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`;
}
