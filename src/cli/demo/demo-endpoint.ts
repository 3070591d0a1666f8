import { type Address, formatAddress } from "../../core/runtime/address.ts";
import { ListenError, type Runtime } from "../../core/runtime/runtime.ts";
import { TcpEcho } from "../echo/tcp-echo.ts";
import { delay } from "./delay.ts";

/** While it was gone, the kernel may have given its port to a connection: those last seconds at most. */
const listenAttempts = 30;
const listenRetryMs = 100;

/** A TCP echo that can go and come back at the same address. */
export class DemoEndpoint {
  readonly address: Address;
  /** The address as text. */
  readonly name: string;
  readonly #runtime: Runtime;
  readonly #echoes: TcpEcho[];
  #listening = true;

  /** Listens on a free loopback port. Rejects with a `ListenError`. */
  static async start(runtime: Runtime): Promise<DemoEndpoint> {
    return new DemoEndpoint(runtime, await startEcho(runtime, { kind: "tcp", host: "127.0.0.1", port: 0 }));
  }

  private constructor(runtime: Runtime, echo: TcpEcho) {
    this.#runtime = runtime;
    this.#echoes = [echo];
    this.address = echo.address;
    this.name = formatAddress(echo.address);
  }

  /** Whether a client could connect. */
  get listening(): boolean {
    return this.#listening;
  }

  /** Stops listening, as a process does that was asked to end; what runs on it ends in its own time. */
  async kill(): Promise<void> {
    this.#listening = false;
    await this.#echoes.at(-1)?.close();
  }

  /** Listens again; says whether that was possible. */
  async comeBack(stopped: AbortSignal): Promise<boolean> {
    for (let attempt = 0; attempt < listenAttempts && !stopped.aborted; attempt++) {
      try {
        this.#echoes.push(await startEcho(this.#runtime, this.address));
        this.#listening = true;
        return true;
      } catch (error) {
        if (!(error instanceof ListenError)) throw error;
        await delay(this.#runtime.clock, listenRetryMs, stopped);
      }
    }
    return false;
  }

  /** Ends it and all that runs on it. */
  async stop(): Promise<void> {
    this.#listening = false;
    for (const echo of this.#echoes) await echo.stop();
  }
}

/** A client that it cannot accept shows as an error of that client. */
function startEcho(runtime: Runtime, address: Address): Promise<TcpEcho> {
  return TcpEcho.start(runtime, address, () => {});
}
