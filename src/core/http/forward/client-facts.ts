import { ByteWriter } from "../../bytes/byte-writer.ts";
import type { Address } from "../../runtime/address.ts";

/** The fields that the proxy adds to requests, as bits: which of them are on. */
export const OwnField = {
  xForwardedFor: 1,
  xForwardedProto: 2,
  xForwardedHost: 4,
  xForwardedPort: 8,
  xRealIp: 16,
  forwarded: 32,
  via: 64,
  requestId: 128,
} as const;

/** What is known of a client's connection. What requests are told of it is put together once. */
export class ClientFacts {
  /** The peer is a proxy whose word about its clients is taken. */
  readonly trusted: boolean;
  readonly peer: Address;
  readonly #local: Address;
  #address = "";
  #forwardedStart = new Uint8Array(0);
  /** What `lines` returned last, and for what. */
  #lines = new Uint8Array(0);
  #linesFor = -1;

  /** `local` is our own address on the connection. */
  constructor(peer: Address, local: Address, trusted: boolean) {
    this.peer = peer;
    this.#local = local;
    this.trusted = trusted;
  }

  /** The peer's address: see `addressText`. */
  get address(): string {
    if (this.#address === "") this.#address = addressText(this.peer);
    return this.#address;
  }

  /** The peer's port; 0 on a unix socket. */
  get port(): number {
    return this.peer.kind === "tcp" ? this.peer.port : 0;
  }

  /** The port that the client connected to; 0 on a unix socket. */
  get localPort(): number {
    return this.#local.kind === "tcp" ? this.#local.port : 0;
  }

  /** Whom the client connected to, as an authority: for HTTP/1.0 requests that do not say. */
  get localAuthority(): string {
    if (this.#local.kind === "unix") return "localhost";
    const { host, port } = this.#local;
    const bare = stripZone(host);
    return bare.includes(":") ? `[${bare}]:${port}` : `${bare}:${port}`;
  }

  /** The beginning of a `Forwarded` (RFC 7239): its name and the peer. An IPv6 address is no token (section 6). */
  get forwardedStart(): Uint8Array {
    if (this.#forwardedStart.length === 0) {
      const { address } = this;
      const node = address.includes(":") ? `"[${address}]"` : address;
      this.#forwardedStart = new TextEncoder().encode(`Forwarded: for=${node}`);
    }
    return this.#forwardedStart;
  }

  /**
   * Those of the fields in `own` (bits of `OwnField`) that are the same for all requests of the connection, as bytes.
   * `minorVersion` is of the request: `Via` tells it.
   */
  lines(own: number, via: string, minorVersion: 0 | 1): Uint8Array {
    const what = own * 2 + minorVersion;
    if (what !== this.#linesFor) {
      const out = new ByteWriter(256);
      if ((own & OwnField.xForwardedFor) !== 0) out.latin1(`X-Forwarded-For: ${this.address}\r\n`);
      if ((own & OwnField.xForwardedProto) !== 0) out.latin1("X-Forwarded-Proto: http\r\n");
      if ((own & OwnField.xForwardedPort) !== 0 && this.localPort !== 0) {
        out.latin1(`X-Forwarded-Port: ${this.localPort}\r\n`);
      }
      if ((own & OwnField.xRealIp) !== 0) out.latin1(`X-Real-IP: ${this.address}\r\n`);
      if ((own & OwnField.via) !== 0) out.latin1(`Via: 1.${minorVersion} ${via}\r\n`);
      this.#lines = out.written.slice();
      this.#linesFor = what;
    }
    return this.#lines;
  }
}

/** An IP address without zone, an IPv4-mapped one as IPv4; `unknown` (RFC 7239 section 6.2) on a unix socket. */
export function addressText(address: Address): string {
  if (address.kind === "unix") return "unknown";
  const { host } = address;
  if (host.startsWith("::ffff:") && host.includes(".")) return host.slice("::ffff:".length);
  return stripZone(host);
}

function stripZone(host: string): string {
  const zone = host.indexOf("%");
  return zone === -1 ? host : host.slice(0, zone);
}
