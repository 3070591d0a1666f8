import { Buffer } from "node:buffer";

/** How a body ends: `raw`: what follows the head is no HTTP any more. */
export type BodyShape = "none" | "chunked" | "close" | "raw" | number;

/** A head as text. */
export interface MessageHead {
  /** Request line or status line. */
  readonly line: string;
  /** By the name in lower case; of the same name, all. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** Told what a reader reads. */
export interface MessageEvents {
  /** How the body of this message ends. */
  onHead(head: MessageHead): BodyShape;
  onBody(bytes: Uint8Array): void;
  /** The message is whole. The trailers, as lines. */
  onMessageEnd(trailers: readonly string[]): void;
  /** What came is no HTTP: nothing more is read. */
  onFault(what: string): void;
}

/** No head of ours is longer. */
const maxHeadChars = 32_768;
const crlf = "\r\n";

/**
 * Reads messages of HTTP/1.1 as strictly as the proxy must write them. It shares nothing with the core: what the two do not
 * agree on is a mistake of one of them.
 */
export class MessageReader {
  readonly #events: MessageEvents;
  #state: "head" | "body" | "size" | "chunk-end" | "trailers" | "raw" | "dead" = "head";
  #text = "";
  #shape: BodyShape = "none";
  #left = 0;
  #trailers: string[] = [];

  constructor(events: MessageEvents) {
    this.#events = events;
  }

  /** It is in the middle of a message. */
  get inMessage(): boolean {
    return this.#state !== "head" || this.#text !== "";
  }

  /** A head has begun. */
  get inHead(): boolean {
    return this.#state === "head" && this.#text !== "";
  }

  feed(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.byteLength) {
      switch (this.#state) {
        case "dead":
          return;
        case "raw":
          this.#events.onBody(bytes.subarray(at));
          return;
        case "body": {
          const taken = this.#shape === "close" ? bytes.byteLength - at : Math.min(this.#left, bytes.byteLength - at);
          this.#left -= taken;
          at += taken;
          const part = bytes.subarray(at - taken, at);
          this.#events.onBody(part);
          if (this.#left === 0 && this.#shape !== "close") {
            if (this.#shape === "chunked") this.#state = "chunk-end";
            else this.#end();
          }
          break;
        }
        default:
          at = this.#line(bytes, at);
      }
    }
  }

  /** FIN: whether the message that is under way is whole by that. */
  finish(): boolean {
    if (this.#state !== "body" || this.#shape !== "close") return false;
    this.#end();
    return true;
  }

  /** Takes what comes up to the end of a line. */
  #line(bytes: Uint8Array, at: number): number {
    const feedAt = bytes.indexOf(0x0a, at);
    const end = feedAt === -1 ? bytes.byteLength : feedAt + 1;
    this.#text += Buffer.from(bytes.buffer, bytes.byteOffset + at, end - at).toString("latin1");
    if (this.#text.length > maxHeadChars) this.#fault(`a head of more than ${maxHeadChars} bytes`);
    if (feedAt === -1 || this.#state === "dead") return end;
    if (!this.#text.endsWith(crlf)) this.#fault(`a bare line feed: ${JSON.stringify(this.#text)}`);
    else if (this.#state === "head") {
      if (this.#text.endsWith(crlf + crlf)) this.#head();
      else if (this.#text === crlf) this.#fault("an empty line in the place of a head");
    } else this.#framing(this.#text.slice(0, -2));
    return end;
  }

  #head(): void {
    const [line = "", ...rows] = this.#text.slice(0, -4).split(crlf);
    this.#text = "";
    const fields = new Map<string, string[]>();
    for (const row of rows) {
      const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\t\x20-\x7e\x80-\xff]*)$/.exec(row);
      if (match === null) return this.#fault(`no header field: ${JSON.stringify(row)}`);
      const name = (match[1] ?? "").toLowerCase();
      fields.set(name, [...(fields.get(name) ?? []), match[2] ?? ""]);
    }
    const lengths = fields.get("content-length") ?? [];
    const codings = fields.get("transfer-encoding") ?? [];
    if (lengths.length + codings.length > 1) return this.#fault(`framed twice: ${line}`);
    this.#shape = this.#events.onHead({ line, fields });
    if (this.#state !== "head") {
      // The user has decided otherwise meanwhile.
      if (this.#state === "raw") this.#events.onMessageEnd([]);
    } else if (this.#shape === "none" || this.#shape === 0) this.#end();
    else if (this.#shape === "chunked") this.#state = "size";
    else if (this.#shape === "raw") this.#state = "raw";
    else {
      this.#state = "body";
      this.#left = this.#shape === "close" ? Infinity : this.#shape;
    }
  }

  #framing(line: string): void {
    this.#text = "";
    if (this.#state === "chunk-end") {
      if (line === "") this.#state = "size";
      else this.#fault(`a chunk longer than its size: ${JSON.stringify(line)}`);
    } else if (this.#state === "size") {
      if (!/^[0-9a-f]{1,8}$/.test(line)) return this.#fault(`no size of a chunk: ${JSON.stringify(line)}`);
      this.#left = Number.parseInt(line, 16);
      this.#state = this.#left === 0 ? "trailers" : "body";
    } else if (line === "") this.#end();
    else this.#trailers.push(line);
  }

  #end(): void {
    const trailers = this.#trailers;
    this.#state = "head";
    this.#trailers = [];
    this.#events.onMessageEnd(trailers);
  }

  /** What comes from here on is no HTTP. */
  raw(): void {
    this.#state = "raw";
  }

  /** Nothing more is read. */
  stop(): void {
    this.#state = "dead";
  }

  #fault(what: string): void {
    this.#state = "dead";
    this.#text = "";
    this.#events.onFault(what);
  }
}
