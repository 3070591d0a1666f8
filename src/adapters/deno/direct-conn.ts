/**
 * `Deno.Conn.read` and `write` wrap a call on the connection's resource into promises of their own; without these a
 * round trip costs a tenth less CPU. The calls inside are not documented. So each thread first proves on a connection
 * of its own that they do what the methods do; where they do not, or the proof is not permitted, the methods are used.
 */
import { systemClock } from "../compat/clock.ts";
import { deno, type DenoConn } from "./deno-api.ts";

/** The part of `Deno[Deno.internal].core` that is used. */
export interface CoreCalls {
  /** Where a connection keeps its resource id. */
  readonly internalRidSymbol: symbol;
  /** How many bytes were read, 0 at the peer's FIN. */
  read(id: number, into: Uint8Array): Promise<number>;
  /** Writes a part, and says how much. */
  write(id: number, bytes: Uint8Array): Promise<number>;
}

/** How long the proof may take before it counts as failed. */
const proofMs = 1000;

let proof: Promise<void> | undefined;
let proven: CoreCalls | undefined;

/** Finds out, once, whether `direct` can help. Never rejects. */
export function proveDirect(): Promise<void> {
  proof ??= (async () => {
    proven = await proved(deno[deno.internal]?.core);
  })();
  return proof;
}

/** The same connection with the cheaper calls, if these are proven. */
export function direct(conn: DenoConn): DenoConn {
  const id = proven === undefined ? undefined : idOf(proven, conn);
  return proven === undefined || id === undefined ? conn : new DirectConn(proven, id, conn);
}

class DirectConn implements DenoConn {
  readonly #core: CoreCalls;
  readonly #id: number;
  readonly #conn: DenoConn;

  constructor(core: CoreCalls, id: number, conn: DenoConn) {
    this.#core = core;
    this.#id = id;
    this.#conn = conn;
  }

  get remoteAddr(): DenoConn["remoteAddr"] {
    return this.#conn.remoteAddr;
  }

  get localAddr(): DenoConn["localAddr"] {
    return this.#conn.localAddr;
  }

  read(into: Uint8Array): Promise<number | null> {
    return this.#core.read(this.#id, into);
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#core.write(this.#id, bytes);
  }

  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    this.#conn.close();
  }

  setNoDelay(on: boolean): void {
    this.#conn.setNoDelay?.(on);
  }

  setKeepAlive(on: boolean): void {
    this.#conn.setKeepAlive?.(on);
  }
}

function idOf(core: CoreCalls, conn: DenoConn): number | undefined {
  const id = (conn as unknown as Readonly<Record<symbol, unknown>>)[core.internalRidSymbol];
  return typeof id === "number" ? id : undefined;
}

/** The core, if its calls do on a loopback connection what the methods promise. Never rejects, never asks the user. */
export async function proved(core: Partial<CoreCalls> | undefined): Promise<CoreCalls | undefined> {
  if (!isCore(core)) return undefined;
  const abort = new AbortController();
  const timer = systemClock.after(proofMs, () => abort.abort());
  const conns: DenoConn[] = [];
  try {
    if (deno.permissions.querySync({ name: "net", host: "127.0.0.1" }).state !== "granted") return undefined;
    await connectPair(conns, abort.signal);
    const tooLate = new Promise<boolean>((resolve) => {
      abort.signal.addEventListener("abort", () => resolve(false));
    });
    return (await Promise.race([tooLate, behaves(core, conns)])) ? core : undefined;
  } catch {
    return undefined;
  } finally {
    timer.cancel();
    for (const conn of conns) close(conn);
  }
}

function isCore(core: Partial<CoreCalls> | undefined): core is CoreCalls {
  return (
    typeof core?.internalRidSymbol === "symbol" && typeof core.read === "function" && typeof core.write === "function"
  );
}

async function connectPair(conns: DenoConn[], signal: AbortSignal): Promise<void> {
  const listener = deno.listen({ transport: "tcp", hostname: "127.0.0.1", port: 0 });
  try {
    const { addr } = listener;
    conns.push(await deno.connect({ ...addr, signal }));
    conns.push(await listener.accept());
  } finally {
    listener.close();
  }
}

/** Bytes, the end, and what a close does to a pending read. */
async function behaves(core: CoreCalls, [client, server]: readonly DenoConn[]): Promise<boolean> {
  if (client === undefined || server === undefined) return false;
  const clientId = idOf(core, client);
  const serverId = idOf(core, server);
  if (clientId === undefined || serverId === undefined) return false;
  const into = new Uint8Array(8);
  const pending = core.read(serverId, into.subarray(1));
  // When the write disappoints, nobody waits for it any more.
  pending.catch(() => {});
  if ((await core.write(clientId, Uint8Array.of(1, 2, 3))) !== 3) return false;
  if ((await pending) !== 3 || into.join() !== "0,1,2,3,0,0,0,0") return false;
  await client.closeWrite();
  if ((await core.read(serverId, into)) !== 0) return false;
  const cut = core.read(clientId, into);
  close(client);
  return await cut.then(
    () => false,
    () => true,
  );
}

/** Closing twice throws. */
function close(conn: DenoConn): void {
  try {
    conn.close();
  } catch {
    // It is closed.
  }
}
