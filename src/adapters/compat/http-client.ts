import { request } from "node:http";
import type { Address } from "../../core/runtime/address.ts";
import { errorCode } from "./error-codes.ts";
import { unixPath } from "./net-address.ts";

/** What to ask. */
export interface HttpQuestion {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** With what has to be percent-encoded in it. */
  readonly path: string;
  /** Sent as JSON; absent: nothing is sent. */
  readonly body?: unknown;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  /** How long the answer may be. */
  readonly maxBytes: number;
}

/** What came back, whatever its status. */
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** There was no answer; `code` is the system's name, such as `ECONNREFUSED`, or `timeout`, or `too-large`. */
export class HttpClientError extends Error {
  override readonly name = "HttpClientError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Asks an HTTP server once, on a connection of its own, over TCP or a unix socket, on all three runtimes. (`fetch` knows
 * no unix sockets on Node and names no reasons.) Rejects with an `HttpClientError`.
 */
export function askHttp(address: Address, question: HttpQuestion): Promise<HttpAnswer> {
  const { method, path, timeoutMs, maxBytes } = question;
  const body = question.body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(question.body));
  const target =
    address.kind === "unix" ? { socketPath: unixPath(address.path) } : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    const headers = {
      connection: "close",
      ...(body === undefined ? {} : { "content-type": "application/json", "content-length": body.byteLength }),
    };
    const fail = (code: string, message: string): void => {
      clearTimeout(timer);
      reject(new HttpClientError(code, message));
      asked.destroy();
    };
    const timer = setTimeout(() => fail("timeout", `No answer within ${timeoutMs} ms`), timeoutMs);
    const asked = request({ ...target, method, path, headers, agent: false }, (response) => {
      const decoder = new TextDecoder();
      let text = "";
      let bytes = 0;
      response.on("data", (chunk: Uint8Array) => {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) fail("too-large", `The answer is longer than ${maxBytes} bytes`);
        else text += decoder.decode(chunk, { stream: true });
      });
      response.on("end", () => {
        clearTimeout(timer);
        resolve({ status: response.statusCode ?? 0, text: text + decoder.decode() });
      });
      response.on("error", (error) => fail(errorCode(error), error.message));
      response.on("aborted", () => fail("ECONNRESET", "The answer was cut off"));
    });
    asked.on("error", (error) => fail(errorCode(error), error.message));
    asked.end(body);
  });
}
