/** libc through `bun:ffi`: each call is compiled, and memory passes as its address. */
import { type Body, type Calls, mapSignatures, openLibc } from "./calls.ts";

/** What is used of `bun:ffi`. */
interface BunFfi {
  readonly dlopen: (library: string, symbols: Readonly<Record<string, BunSignature>>) => { readonly symbols: unknown };
  readonly ptr: (bytes: Uint8Array) => number;
  readonly read: { readonly i32: (address: number) => number };
}

interface BunSignature {
  readonly args: readonly string[];
  readonly returns: string;
}

const types = { int: "i32", length: "i64_fast", memory: "ptr", null: "ptr" } as const;

/** Throws where libc cannot be opened. */
export async function bunBody(): Promise<Body> {
  // Not a literal: the other runtimes' bundles would look for it.
  const module = "bun:ffi";
  const { dlopen, ptr, read } = (await import(module)) as BunFfi;
  const wanted = {
    ...mapSignatures((_, kinds): BunSignature => ({ args: kinds.map((kind) => types[kind]), returns: "i32" })),
    __errno_location: { args: [], returns: "ptr" },
  };
  const { symbols } = openLibc((library) => dlopen(library, wanted));
  // Each thread has its own errno, and loads this for itself.
  const { __errno_location: locate } = symbols as { readonly __errno_location: () => number };
  const errnoAddress = locate();
  return {
    name: "bun:ffi",
    immediatesStarveSockets: false,
    calls: symbols as Calls,
    errno: () => read.i32(errnoAddress),
    pointer: ptr,
    offset: (_, pointer, by) => (pointer as number) + by,
  };
}
