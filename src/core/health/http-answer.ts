/**
 * What an http probe makes of the answer. A reader of HTTP/1.1 (RFC 9112) that knows as much as it takes to find a
 * status and a text; what it reads is passed on to nobody. What is not right is no answer: nothing is made good but a
 * line that ends without CR (RFC 9112 section 2.2).
 */
import type { HttpHealthSettings } from "../server/settings.ts";
import { TextSearch } from "./text-search.ts";

/** All heads of an answer together, interim ones included. */
const maxHeadBytes = 16 * 1024;
/** How much of a body is looked at. */
const maxBodyBytes = 64 * 1024;
/** A chunk's size with its extensions, and a trailer. */
const maxChunkLineBytes = 1024;

const statusLine = /^HTTP\/1\.[01] ([1-9]\d\d)(?: .*)?$/;
const headerName = /^[!#$%&'*+\-.^_`|~\w]+$/;
/** As far as the beginning of a status line has come. */
const statusLineStart = "HTTP/1.";
const latin1 = new TextDecoder("latin1");
const lineFeed = 10;

/** What the next bytes are. */
type Part = "status-line" | "headers" | "sized-body" | "open-body" | "chunk-size" | "chunk" | "chunk-end";

/**
 * Reads an answer as it comes, in whatever pieces. `feed` and `end` return the probe's result as soon as it is
 * certain: `ok`, `status 503`, `body does not match`, `not http`, `head too long`, `closed early`.
 */
export class HttpAnswer {
  readonly #expected: HttpHealthSettings;
  readonly #search: TextSearch | undefined;
  #part: Part = "status-line";
  /** The beginning of a line whose end has not come. */
  #line = "";
  #headBytes = 0;
  #status = 0;
  #contentLength: number | undefined;
  #transferEncoding: string | undefined;
  /** What is left of the body, or of its chunk. */
  #leftBytes = 0;
  #searchedBytes = 0;

  constructor(expected: HttpHealthSettings) {
    this.#expected = expected;
    this.#search = expected.body === undefined ? undefined : new TextSearch(expected.body);
  }

  /** Takes the next bytes. Not called any more once there is a result. */
  feed(bytes: Uint8Array): string | undefined {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      const inBody = this.#part === "sized-body" || this.#part === "open-body" || this.#part === "chunk";
      const taken = inBody ? Math.min(rest.length, this.#leftBytes) : lineLength(rest);
      at += taken;
      const piece = rest.subarray(0, taken);
      const result = inBody ? this.#body(piece) : this.#linePiece(piece);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  /** No more bytes come: the peer has sent FIN. */
  end(): string {
    return this.#part === "open-body" ? "body does not match" : "closed early";
  }

  #linePiece(piece: Uint8Array): string | undefined {
    const inHead = this.#part === "status-line" || this.#part === "headers";
    if (inHead) this.#headBytes += piece.length;
    if (this.#headBytes > maxHeadBytes) return "head too long";
    if (!inHead && this.#line.length + piece.length > maxChunkLineBytes) return "not http";
    this.#line += latin1.decode(piece);
    if (this.#part === "status-line" && !beginsAlike(this.#line, statusLineStart)) return "not http";
    if (piece.at(-1) !== lineFeed) return undefined;
    const line = this.#line.slice(0, this.#line.endsWith("\r\n") ? -2 : -1);
    this.#line = "";
    switch (this.#part) {
      case "status-line":
        return this.#statusLine(line);
      case "headers":
        return line === "" ? this.#headEnd() : this.#header(line);
      case "chunk-size":
        return this.#chunkSize(line);
      default:
        this.#part = "chunk-size";
        return line === "" ? undefined : "not http";
    }
  }

  #statusLine(line: string): string | undefined {
    const [, status] = statusLine.exec(line) ?? [];
    if (status === undefined) return "not http";
    this.#status = Number(status);
    this.#part = "headers";
    const right = this.#expected.statuses.some(([from, to]) => from <= this.#status && this.#status <= to);
    return right || this.#interim ? undefined : `status ${status}`;
  }

  /** RFC 9110 section 15.2: the answer itself is still to come. Nobody asked for the upgrade that a 101 confirms. */
  get #interim(): boolean {
    return this.#status < 200 && this.#status !== 101;
  }

  #header(line: string): string | undefined {
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon)).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!headerName.test(name) || value.includes("\r")) return "not http";
    if (name === "transfer-encoding") {
      if (this.#transferEncoding !== undefined) return "not http";
      this.#transferEncoding = value.toLowerCase();
    } else if (name === "content-length") {
      const length = /^\d{1,15}$/.test(value) ? Number(value) : undefined;
      if (length === undefined || (this.#contentLength !== undefined && this.#contentLength !== length)) {
        return "not http";
      }
      this.#contentLength = length;
    }
    return undefined;
  }

  /** RFC 9112 section 6.3, without what it lets a recipient repair. */
  #headEnd(): string | undefined {
    if (this.#interim) {
      this.#part = "status-line";
      this.#contentLength = undefined;
      this.#transferEncoding = undefined;
      return undefined;
    }
    if (this.#transferEncoding !== undefined) {
      if (this.#transferEncoding !== "chunked" || this.#contentLength !== undefined) return "not http";
    }
    if (this.#search === undefined) return "ok";
    const bodiless = this.#expected.method === "HEAD" || this.#status < 200 || [204, 304].includes(this.#status);
    if (bodiless || this.#contentLength === 0) return "body does not match";
    if (this.#transferEncoding !== undefined) this.#part = "chunk-size";
    else this.#part = this.#contentLength === undefined ? "open-body" : "sized-body";
    this.#leftBytes = this.#contentLength ?? Infinity;
    return undefined;
  }

  #chunkSize(line: string): string | undefined {
    const [, size] = /^([\da-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
    if (size === undefined) return "not http";
    this.#leftBytes = Number.parseInt(size, 16);
    this.#part = "chunk";
    return this.#leftBytes === 0 ? "body does not match" : undefined;
  }

  #body(piece: Uint8Array): string | undefined {
    const looked = piece.subarray(0, maxBodyBytes - this.#searchedBytes);
    this.#search?.feed(looked);
    if (this.#search?.found === true) return "ok";
    this.#searchedBytes += looked.length;
    this.#leftBytes -= piece.length;
    if (this.#searchedBytes === maxBodyBytes) return "body does not match";
    if (this.#leftBytes > 0) return undefined;
    if (this.#part === "sized-body") return "body does not match";
    this.#part = "chunk-end";
    return undefined;
  }
}

/** As many bytes as there are up to the end of the first line, or all. */
function lineLength(bytes: Uint8Array): number {
  return bytes.indexOf(lineFeed) + 1 || bytes.length;
}

/** Whether one of the two is the beginning of the other. */
function beginsAlike(one: string, other: string): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length) === other.slice(0, length);
}
