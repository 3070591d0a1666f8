/** The reactor in tests: over libc as it is, or with some of its calls replaced. */
import type { Address } from "../../src/core/runtime/address.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { loadLibc } from "../../src/adapters/reactor/libc/load-libc.ts";
import type { Libc } from "../../src/adapters/reactor/libc/libc.ts";
import {
  AF_INET,
  MSG_NOSIGNAL,
  SHUT_WR,
  SO_LINGER,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../src/adapters/reactor/linux.ts";
import { familyOf, socketAddressBytes, writeSocketAddress } from "../../src/adapters/reactor/socket-address.ts";
import { startReactor } from "../../src/adapters/reactor/start-reactor.ts";
import { ownRuntime } from "./current-runtime.ts";

/** libc of this process, or why it is not to be had: its tests skip by that. */
export async function findLibc(): Promise<{ readonly libc: Libc; readonly skip: string | false }> {
  try {
    return { libc: await loadLibc(), skip: false };
  } catch (error) {
    // Nobody calls it where its tests skip.
    return { libc: undefined as unknown as Libc, skip: (error as Error).message };
  }
}

/** `libc`, with some of its calls replaced. */
export function replaceCalls(libc: Libc, calls: Partial<Libc>): Libc {
  return new Proxy(libc, {
    get: (target, name) => {
      const value: unknown = Reflect.get(name in calls ? calls : target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Runs `body` with the port over a reactor of its own, from whose start on `calls` take the place of libc's. */
export async function withReactor(
  libc: Libc,
  calls: Partial<Libc>,
  body: (runtime: Runtime) => Promise<void>,
): Promise<void> {
  const replaced: Partial<Libc> = {};
  const { runtime, stop } = await startReactor(await ownRuntime(), replaceCalls(libc, replaced));
  Object.assign(replaced, calls);
  try {
    await body(runtime);
  } finally {
    stop();
  }
}

/** A client whose every call has happened when it returns. It waits in them: for what the kernel does at once. */
export class BlockingClient {
  readonly #libc: Libc;
  readonly #fd: number;

  constructor(libc: Libc, to: Address) {
    this.#libc = libc;
    this.#fd = libc.socket(familyOf(to) ?? AF_INET, SOCK_STREAM, 0);
    const address = libc.allocate(socketAddressBytes + 2);
    if (libc.connect(this.#fd, address, writeSocketAddress(to, address.bytes)) < 0) throw new Error("no connection");
  }

  send(text: string, flags = 0): void {
    const bytes = new TextEncoder().encode(text);
    const block = this.#libc.allocate(bytes.byteLength);
    block.bytes.set(bytes);
    this.#libc.send(this.#fd, block, 0, bytes.byteLength, flags | MSG_NOSIGNAL);
  }

  end(): void {
    this.#libc.shutdown(this.#fd, SHUT_WR);
  }

  reset(): void {
    const linger = this.#libc.allocate(8);
    new Int32Array(linger.bytes.buffer)[0] = 1;
    this.#libc.setsockopt(this.#fd, SOL_SOCKET, SO_LINGER, linger, 8);
    this.close();
  }

  close(): void {
    this.#libc.close(this.#fd);
  }
}
