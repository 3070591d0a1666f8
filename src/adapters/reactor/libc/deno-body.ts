/**
 * libc through `Deno.dlopen`: memory passes as the bytes themselves, because V8 calls directly only what takes 32-bit
 * integers and buffers; with addresses or 64-bit lengths a call costs 130 ns more. A length below 2^31 fills its register
 * either way; the self-test looks whether it arrives.
 */
import { type Body, type Calls, mapSignatures, openLibc } from "./calls.ts";

/** What is used of Deno. */
interface DenoFfi {
  dlopen(library: string, symbols: Readonly<Record<string, DenoSignature>>): { readonly symbols: unknown };
  readonly UnsafePointerView: new (pointer: unknown) => { getInt32(): number };
  readonly permissions: { querySync(wanted: { readonly name: string }): { readonly state: string } };
}

interface DenoSignature {
  readonly parameters: readonly string[];
  readonly result: string;
}

const types = { int: "i32", length: "i32", memory: "buffer", null: "pointer" } as const;

/** Throws where libc cannot be opened, or FFI is not allowed. Never asks. */
export function denoBody(): Body {
  const { Deno: deno } = globalThis as unknown as { readonly Deno: DenoFfi };
  const allowed = (name: string): boolean => deno.permissions.querySync({ name }).state === "granted";
  if (!allowed("ffi")) throw new Error("FFI is not allowed: --allow-ffi is missing");
  // What --allow-net keeps a program from, FFI would let it do.
  if (!allowed("net")) throw new Error("not all of the network is allowed, which FFI would not heed");
  const wanted = {
    ...mapSignatures((_, kinds): DenoSignature => ({ parameters: kinds.map((kind) => types[kind]), result: "i32" })),
    __errno_location: { parameters: [], result: "pointer" },
  };
  const { symbols } = openLibc((library) => deno.dlopen(library, wanted));
  // Each thread has its own errno, and loads this for itself.
  const { __errno_location: locate } = symbols as { readonly __errno_location: () => unknown };
  const errno = new deno.UnsafePointerView(locate());
  return {
    name: "Deno.dlopen",
    // Its loop looks at them in one turn of 61 then (tokio's `event_interval`).
    immediatesStarveSockets: true,
    calls: symbols as Calls,
    errno: () => errno.getInt32(),
    pointer: (bytes) => bytes,
    offset: (bytes, _, by) => bytes.subarray(by),
  };
}
