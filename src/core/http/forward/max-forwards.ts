import { headerStride } from "../../wire/head.ts";
import { HeaderId } from "../../wire/header-id.ts";
import type { RequestHead } from "../../wire/request-head.ts";

/** What does not fit is as good as endless. */
const max = 1e9;

/** Of the answer to a request that may pass no further proxy: an OPTIONS is answered, a TRACE is not. */
export function lastHopStatus(head: RequestHead): 200 | 501 {
  return isMethod(head, "OPTIONS") ? 200 : 501;
}

/**
 * How many proxies an OPTIONS or TRACE request may still pass (RFC 9110 section 7.6.2): at 0 the proxy answers it itself,
 * else it forwards one less. -1 when it does not say, says nonsense, or has another method: then the field is like any
 * other.
 */
export function maxForwards(head: RequestHead): number {
  const index = head.find(HeaderId.maxForwards);
  if (index === -1 || !(isMethod(head, "OPTIONS") || isMethod(head, "TRACE"))) return -1;
  const start = head.headers[index * headerStride + 3] as number;
  const end = head.headers[index * headerStride + 4] as number;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (head.bytes[at] as number) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = Math.min(max, value * 10 + digit);
  }
  return end === start ? -1 : value;
}

function isMethod(head: RequestHead, method: string): boolean {
  if (head.methodEnd - head.methodStart !== method.length) return false;
  for (let offset = 0; offset < method.length; offset++) {
    if (head.bytes[head.methodStart + offset] !== method.charCodeAt(offset)) return false;
  }
  return true;
}
