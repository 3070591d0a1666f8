import { rmSync } from "node:fs";
import type { Address } from "../../core/runtime/address.ts";
import { ListenError, type ListenHandler, type Listener, type ListenOptions } from "../../core/runtime/runtime.ts";
import { systemClock } from "../compat/clock.ts";
import { errorCode } from "../compat/error-codes.ts";
import { tcpAddress, unixPath } from "../compat/net-address.ts";
import { deno, type DenoListener } from "./deno-api.ts";
import { direct, proveDirect } from "./direct-conn.ts";
import { sharingOption } from "./port-sharing.ts";
import { DenoSocket } from "./socket.ts";

/** Without descriptors or memory `accept` would fail again at once, in a busy loop: it waits this long. */
const acceptRetryMs = 100;
/** After any other error, such as a client that reset before it was accepted (ENOTCONN), the next one may be well. */
const shortages: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** The port's `listen` over `Deno.listen`. */
export async function denoListen(options: ListenOptions, handler: ListenHandler): Promise<Listener> {
  const { address } = options;
  await proveDirect();
  let listener: DenoListener;
  try {
    listener =
      address.kind === "unix"
        ? deno.listen({ transport: "unix", path: unixPath(address.path) })
        : deno.listen({
            transport: "tcp",
            hostname: address.host,
            port: address.port,
            tcpBacklog: options.backlog,
            ...(options.reusePort ? sharingOption : {}),
          });
  } catch (error) {
    throw new ListenError(address, errorCode(error), error instanceof Error ? error.message : String(error));
  }
  return new AcceptLoop(listener, options, handler);
}

class AcceptLoop implements Listener {
  readonly address: Address;
  readonly #listener: DenoListener;
  readonly #options: ListenOptions;
  readonly #handler: ListenHandler;
  #closed = false;
  /** Settles when the pending accept is over. */
  #accepted: Promise<void> = Promise.resolve();

  constructor(listener: DenoListener, options: ListenOptions, handler: ListenHandler) {
    this.#listener = listener;
    this.#options = options;
    this.#handler = handler;
    const bound = listener.addr;
    this.address = bound.transport === "unix" ? options.address : tcpAddress(bound.hostname, bound.port);
    this.#accept();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    // Until the pending accept has failed, Deno holds the socket: the address is not free.
    await this.#accepted;
    // The other runtimes remove the file themselves.
    const { address } = this.#options;
    if (address.kind === "unix" && !address.path.startsWith("@")) rmSync(address.path, { force: true });
  }

  #accept(): void {
    this.#accepted = this.#listener.accept().then(
      (conn) => {
        if (this.#closed) {
          conn.close();
          return;
        }
        const unixAddress = this.#options.address.kind === "unix" ? this.#options.address : undefined;
        this.#handler.onAccept(new DenoSocket(direct(conn), unixAddress, this.#options));
        this.#accept();
      },
      (error: unknown) => {
        if (this.#closed) return;
        const code = errorCode(error);
        if (!shortages.has(code)) {
          this.#accept();
          return;
        }
        this.#handler.onAcceptError(code);
        systemClock.after(acceptRetryMs, () => {
          if (!this.#closed) this.#accept();
        });
      },
    );
  }
}
