import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { Socket } from "../runtime/socket.ts";

/** Sends what was put together; as `Socket.write`. The writer is empty then, and may be written to at once. */
export function flush(out: ByteWriter, socket: Socket): boolean {
  const room = socket.write(out.written);
  // What the kernel has not taken yet, the socket still reads from there.
  if (socket.bufferedBytes > 0) out.renew();
  else out.clear();
  return room;
}
