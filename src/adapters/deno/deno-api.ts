/** The few calls of Deno we use, as structural types, so that published types do not pull in Deno's. */
import type { CoreCalls } from "./direct-conn.ts";

/** An address as Deno writes it. */
export type DenoAddress =
  | { readonly transport: "tcp"; readonly hostname: string; readonly port: number }
  | { readonly transport: "unix"; readonly path: string };

/** `Deno.Conn`: `setNoDelay` and `setKeepAlive` exist on TCP only. */
export interface DenoConn {
  readonly remoteAddr: DenoAddress;
  readonly localAddr: DenoAddress;
  /** How many bytes were read, null at the peer's FIN. */
  read(into: Uint8Array): Promise<number | null>;
  /** Writes a part, and says how much. */
  write(bytes: Uint8Array): Promise<number>;
  /** FIN. */
  closeWrite(): Promise<void>;
  close(): void;
  setNoDelay?(on: boolean): void;
  setKeepAlive?(on: boolean): void;
}

/** `Deno.Listener`. */
export interface DenoListener extends Disposable {
  readonly addr: DenoAddress;
  accept(): Promise<DenoConn>;
  close(): void;
}

type DenoTarget =
  | {
      readonly transport: "tcp";
      readonly hostname: string;
      readonly port: number;
      readonly tcpBacklog?: number;
      readonly reusePort?: boolean;
      /** Not documented: see `port-sharing.ts`. */
      readonly loadBalanced?: boolean;
    }
  | { readonly transport: "unix"; readonly path: string };

interface DenoApi {
  readonly version: { readonly deno: string };
  /** Only with `--unstable-net`; its presence tells whether the flag was given. */
  readonly listenDatagram?: unknown;
  /** Where what is not documented lives. */
  readonly internal: symbol;
  readonly [internals: symbol]: { readonly core?: Partial<CoreCalls> } | undefined;
  readonly permissions: {
    querySync(descriptor: { readonly name: "net"; readonly host: string }): { readonly state: string };
  };
  listen(options: DenoTarget): DenoListener;
  connect(options: DenoTarget & { readonly signal: AbortSignal }): Promise<DenoConn>;
}

/** The global `Deno`. */
export const deno: DenoApi = (globalThis as unknown as { readonly Deno: DenoApi }).Deno;
