import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** The addresses of one family that a name has, with the TTL of each in seconds. */
export type DnsRecords = readonly (readonly [address: readonly number[], ttlSeconds: number])[];

/** A DNS server on the loopback address that knows a few names and leaves some questions unanswered (RFC 1035 4.1). */
export class DnsServer {
  readonly #socket: Socket;
  /** By the name; `silent` is not answered. An address has 4 bytes or 16. */
  readonly #names: Readonly<Record<string, DnsRecords | "silent">>;
  /** The names that were asked for, in order. */
  readonly asked: string[] = [];

  static async open(names: Readonly<Record<string, DnsRecords | "silent">>): Promise<DnsServer> {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    return new DnsServer(socket, names);
  }

  private constructor(socket: Socket, names: Readonly<Record<string, DnsRecords | "silent">>) {
    this.#socket = socket;
    this.#names = names;
    socket.on("message", (query, { port, address }) => {
      const reply = this.#reply(query);
      if (reply !== undefined) socket.send(reply, port, address);
    });
  }

  /** As `Resolver.setServers` wants it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  #reply(query: Buffer): Buffer | undefined {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.toString("latin1", at + 1, at + 1 + length));
      at += 1 + length;
    }
    const name = labels.join(".").toLowerCase();
    this.asked.push(name);
    const records = this.#names[name];
    if (records === "silent") return undefined;
    const addressBytes = query.readUInt16BE(at + 1) === 28 ? 16 : 4;
    const answers = (records ?? [])
      .filter(([address]) => address.length === addressBytes)
      .map(([address, ttlSeconds]) => {
        const answer = Buffer.alloc(12);
        answer.writeUInt16BE(0xc00c, 0); // The name of the question.
        answer.writeUInt16BE(addressBytes === 16 ? 28 : 1, 2);
        answer.writeUInt16BE(1, 4);
        answer.writeUInt32BE(ttlSeconds, 6);
        answer.writeUInt16BE(addressBytes, 10);
        return Buffer.concat([answer, Buffer.from(address)]);
      });
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(records === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(answers.length, 6);
    return Buffer.concat([header, query.subarray(12, at + 5), ...answers]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}
