import { O_CLOEXEC } from "../linux.ts";
import type { Libc } from "./libc.ts";

/** One read takes at most this. */
const readBytes = 16 * 1024;

/** A file of /proc, read through libc: what is allowed to read it there is FFI. Throws when it cannot be read. */
export function readFile(libc: Libc, path: string): string {
  const name = new TextEncoder().encode(`${path}\0`);
  const block = libc.allocate(readBytes);
  block.bytes.set(name);
  const fd = libc.open(block, O_CLOEXEC);
  if (fd < 0) throw new Error(`${path} cannot be read`);
  const pieces: string[] = [];
  const decoder = new TextDecoder();
  for (let count = libc.read(fd, block, readBytes); count > 0; count = libc.read(fd, block, readBytes)) {
    pieces.push(decoder.decode(block.bytes.subarray(0, count), { stream: true }));
  }
  libc.close(fd);
  return pieces.join("");
}
