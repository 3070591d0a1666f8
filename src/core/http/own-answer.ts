import type { ByteWriter } from "../bytes/byte-writer.ts";
import type { ClientConnection } from "./client-connection.ts";
import type { ExchangeFacts } from "./exchange-facts.ts";
import { flush } from "./flush.ts";
import type { RequestStream } from "./request-stream.ts";

/** A request's body up to this size is read to its end although nobody wants it, so that the connection can go on. */
const maxDiscardedBytes = 64 * 1024;

/**
 * Sends an own answer, which `write` writes. Whether the rest of the request is yet to be read, and dropped: when it is little; else
 * the connection ends, or there is none.
 */
export function sendOwnAnswer(
  connection: ClientConnection,
  facts: ExchangeFacts,
  request: RequestStream,
  write: (out: ByteWriter) => void,
): boolean {
  const { out } = connection.service.plane;
  const discards = !request.done && request.fault === "ok" && request.isShort(maxDiscardedBytes);
  if (connection.shallEnd || !(request.done || discards)) facts.closes = true;
  facts.close = facts.closes;
  write(out);
  flush(out, connection.socket);
  if (request.done || facts.closes) return false;
  request.discard();
  return true;
}
