/** A client on a raw socket, which plays the steps of a case and reads the answers. */
import net from "node:net";
import type { Changes } from "./changes.ts";
import { type Message, readMessage, statusOf, values } from "./reader.ts";

/** Where a proxy listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** A final answer with the 1xx before it. */
export interface Reply {
  readonly status: number;
  readonly message: Message;
  readonly interim: readonly number[];
}

/** One connection to the proxy. */
export class Client {
  received = "";
  /** FIN came. */
  ended = false;
  /** The connection failed: RST. */
  failed = "";
  /** Nothing more can come. */
  over = false;
  /** Of the requests, in order. */
  readonly methods: string[];
  readonly #socket: net.Socket;

  static async open(target: Target, changes: Changes, methods: readonly string[] = []): Promise<Client> {
    const socket = net.connect({ ...target, allowHalfOpen: true, noDelay: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Client(socket, changes, methods);
  }

  private constructor(socket: net.Socket, changes: Changes, methods: readonly string[]) {
    this.#socket = socket;
    this.methods = [...methods];
    socket.on("data", (bytes: Buffer) => {
      this.received += bytes.toString("latin1");
      changes.notify();
    });
    socket.on("end", () => {
      this.ended = true;
      this.over = true;
      changes.notify();
    });
    socket.on("error", (error: Error & { code?: string }) => {
      this.failed = error.code ?? error.message;
      this.over = true;
      changes.notify();
    });
    socket.on("close", () => {
      this.over = true;
      changes.notify();
    });
  }

  write(text: string): void {
    if (this.#socket.writable) this.#socket.write(text, "latin1");
  }

  end(): void {
    if (this.#socket.writable) this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** The final answers so far, the last one maybe not whole; bytes that are no answer make one with status 0. */
  get replies(): Reply[] {
    const replies: Reply[] = [];
    let rest = this.received;
    let interim: number[] = [];
    for (;;) {
      const method = this.methods[replies.length];
      const message = readMessage(rest, {
        kind: "answer",
        ended: this.ended && this.failed === "",
        ...(method === undefined ? {} : { method }),
      });
      if (message === undefined) return replies;
      const status = statusOf(message.startLine);
      rest = rest.slice(message.bytes.length);
      if (status >= 100 && status < 200 && status !== 101) {
        interim.push(status);
        continue;
      }
      replies.push({ status, message, interim });
      interim = [];
      if (!message.whole || status === 101) return replies;
    }
  }

  /** How many of them are whole. */
  get wholeReplies(): number {
    return this.replies.filter((one) => one.message.whole).length;
  }

  /** The last answer says that the connection will be closed. */
  get saidClose(): boolean {
    const last = this.replies.at(-1);
    return last !== undefined && saysClose(last.message);
  }
}

function saysClose({ startLine, fields }: Message): boolean {
  const options = values(fields, "connection").join(",").toLowerCase();
  if (/(?:^|,)\s*close\s*(?:,|$)/.test(options)) return true;
  return startLine.startsWith("HTTP/1.0") && !options.includes("keep-alive");
}
