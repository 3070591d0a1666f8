import { type Address, formatAddress } from "../runtime/address.ts";
import type { CloseReason, Socket, SocketHandler } from "../runtime/socket.ts";
import type { HttpHealthSettings } from "../server/settings.ts";
import { HttpAnswer } from "./http-answer.ts";

/**
 * Asks over a connection that has just been made, and judges the answer. Calls `done` with `ok` or why it failed; the
 * connection is then the caller's to destroy, and what still comes over it the caller's to ignore. `address` is what it
 * leads to, for the Host header.
 */
export function askHttp(
  socket: Socket,
  address: Address,
  http: HttpHealthSettings,
  done: (result: string) => void,
): void {
  socket.handler = new AnswerHandler(http, done);
  socket.write(new TextEncoder().encode(formatRequest(address, http)));
  // No FIN follows: many take one for a client that has gone.
  socket.resume();
}

class AnswerHandler implements SocketHandler {
  readonly #answer: HttpAnswer;
  readonly #done: (result: string) => void;

  constructor(http: HttpHealthSettings, done: (result: string) => void) {
    this.#answer = new HttpAnswer(http);
    this.#done = done;
  }

  onData(bytes: Uint8Array): void {
    const result = this.#answer.feed(bytes);
    if (result !== undefined) this.#done(result);
  }

  onDrain(): void {}

  onEnd(): void {
    this.#done(this.#answer.end());
  }

  onClose(reason: CloseReason): void {
    this.#done(reason === "reset" || reason === "timeout" ? reason : "closed early");
  }
}

/** The request; a header of the settings takes the place of ours of the same name. */
export function formatRequest(address: Address, http: HttpHealthSettings): string {
  const ours = [
    ["host", http.host ?? hostOf(address)],
    ["user-agent", "geryon-health"],
    ["accept", "*/*"],
    ["connection", "close"],
    ...(http.method === "POST" ? [["content-length", "0"] as const] : []),
  ] as const;
  const theirs = Object.entries(http.headers);
  const taken = new Set(theirs.map(([name]) => name.toLowerCase()));
  const lines = [...ours.filter(([name]) => !taken.has(name)), ...theirs].map(([name, value]) => `${name}: ${value}`);
  return [`${http.method} ${http.path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}

/** RFC 9110 section 7.2: without the port where that is the scheme's own. */
function hostOf(address: Address): string {
  if (address.kind === "unix") return "localhost";
  const host = formatAddress(address);
  return address.port === 80 ? host.slice(0, -":80".length) : host;
}
