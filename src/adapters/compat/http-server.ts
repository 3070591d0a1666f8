import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Address } from "../../core/runtime/address.ts";
import { ListenError } from "../../core/runtime/runtime.ts";
import { errorCode } from "./error-codes.ts";
import { tcpAddress, unixPath } from "./net-address.ts";

/** An HTTP server that is bound. */
export interface HttpServer {
  /** With the port that the kernel chose. */
  readonly address: Address;
  /** Stops listening and ends all its connections. */
  close(): Promise<void>;
}

/** Answers a request. */
export type FetchHandler = (request: Request) => Response | Promise<Response>;

/**
 * Serves HTTP/1.1 through `node:http`, which is good enough on all three runtimes for what is not the data plane: the
 * admin address and `geryon echo --http`. Rejects with a `ListenError`.
 */
export function serveHttp(address: Address, fetch: FetchHandler): Promise<HttpServer> {
  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 60_000 });
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  server.on("request", (request, response) => void listener(request, response));
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new ListenError(address, errorCode(error), error.message)));
    server.listen(
      address.kind === "unix" ? { path: unixPath(address.path) } : { host: address.host, port: address.port },
      () => resolve({ address: boundAddress(server, address), close: () => closeServer(server) }),
    );
  });
}

function boundAddress(server: Server, asked: Address): Address {
  if (asked.kind === "unix") return asked;
  const bound = server.address() as AddressInfo;
  return tcpAddress(bound.address, bound.port);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
