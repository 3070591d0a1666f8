import { isText } from "../bytes/octets.ts";

const name = "timeout=";
const comma = ",".charCodeAt(0);
const space = " ".charCodeAt(0);
const zero = "0".charCodeAt(0);
/** A day: who promises more is not asked for more. */
const maxSeconds = 86_400;

/** The seconds of `timeout` in a `Keep-Alive` (RFC 2068 section 19.7.1.1), at most a day; undefined without a valid one. */
export function keepAliveSecondsOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let at = start; at < end; at++) {
    if (at > start && bytes[at - 1] !== comma && bytes[at - 1] !== space) continue;
    const digits = at + name.length;
    if (digits >= end || !isText(bytes, at, digits, name)) continue;
    let seconds = 0;
    let next = digits;
    for (; next < end; next++) {
      const digit = (bytes[next] as number) - zero;
      if (digit < 0 || digit > 9) break;
      seconds = Math.min(seconds * 10 + digit, maxSeconds);
    }
    const isWhole = next === end || bytes[next] === comma || bytes[next] === space;
    return next > digits && isWhole ? seconds : undefined;
  }
  return undefined;
}
