/** libc through koffi, an optional package: memory passes as its address. */
import { type Body, type Calls, mapSignatures, openLibc } from "./calls.ts";

/** What is used of koffi. */
interface Koffi {
  load(library: string): {
    func(name: string, result: string, parameters: readonly string[]): (...args: unknown[]) => unknown;
  };
  errno(): number;
}

const types = { int: "int32_t", length: "intptr_t", memory: "intptr_t", null: "void *" } as const;

/** Throws where koffi is not installed, or libc cannot be opened. */
export async function koffiBody(): Promise<Body> {
  const koffi = await loadKoffi();
  const libc = openLibc((library) => koffi.load(library));
  const calls = mapSignatures((name, kinds) =>
    libc.func(
      name,
      "int32_t",
      kinds.map((kind) => types[kind]),
    ),
  );
  // memset(3) answers the address it was given. Zeroing no byte of it changes nothing.
  const memset = libc.func("memset", "intptr_t", ["void *", "int32_t", "intptr_t"]);
  return {
    name: "koffi",
    immediatesStarveSockets: false,
    calls: calls as unknown as Calls,
    errno: () => koffi.errno(),
    pointer: (bytes) => Number(memset(bytes, 0, 0)),
    offset: (_, pointer, by) => (pointer as number) + by,
  };
}

async function loadKoffi(): Promise<Koffi> {
  try {
    return ((await import("koffi")) as unknown as { readonly default: Koffi }).default;
  } catch (error) {
    throw new Error("the package koffi is not installed", { cause: error });
  }
}
