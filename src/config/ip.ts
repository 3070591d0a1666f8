/** IP address literals: read, judged and compared as numbers, so that one address has one spelling. */

/** The four parts of an IPv4 literal, or undefined; no leading zeros, which some programs read as octal. */
export function parseIPv4(text: string): readonly number[] | undefined {
  if (!ipv4Shape.test(text)) return undefined;
  const parts = text.split(".").map(Number);
  return parts.every((part) => part <= 255) ? parts : undefined;
}

/** The eight 16-bit groups of an IPv6 literal without brackets or zone (RFC 4291, 2.2), or undefined. */
export function parseIPv6(text: string): readonly number[] | undefined {
  if (!text.includes(":") || !ipv6Characters.test(text)) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = readGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1] ?? "", true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // "::" stands for at least one group.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** The one spelling of an IP literal (RFC 5952 for IPv6), or undefined when it is not one. */
export function canonicalIp(text: string): string | undefined {
  if (parseIPv4(text) !== undefined) return text;
  const groups = parseIPv6(text);
  return groups === undefined ? undefined : formatIPv6(groups);
}

/** The IPv4 address inside an IPv4-mapped IPv6 one (`::ffff:10.0.0.1`), or undefined. */
export function mappedIPv4(groups: readonly number[]): string | undefined {
  const [a, b, c, d, e, f, high = 0, low = 0] = groups;
  if ((a ?? 0) + (b ?? 0) + (c ?? 0) + (d ?? 0) + (e ?? 0) !== 0 || f !== 0xffff) return undefined;
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}

const ipv4Shape = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;
const ipv6Characters = /^[\da-f:.]+$/i;
const ipv6Group = /^[\da-f]{1,4}$/i;

/** Reads groups between colons; only the end of the address may be written as IPv4. */
function readGroups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const words = text.split(":");
  for (const [index, word] of words.entries()) {
    if (ipv6Group.test(word)) {
      groups.push(Number.parseInt(word, 16));
      continue;
    }
    const v4 = last && index === words.length - 1 ? parseIPv4(word) : undefined;
    if (v4 === undefined) return undefined;
    const [a = 0, b = 0, c = 0, d = 0] = v4;
    groups.push((a << 8) | b, (c << 8) | d);
  }
  return groups;
}

function formatIPv6(groups: readonly number[]): string {
  const v4 = mappedIPv4(groups);
  if (v4 !== undefined) return `::ffff:${v4}`;
  const { start, length } = longestZeroRun(groups);
  const words = groups.map((group) => group.toString(16));
  if (length < 2) return words.join(":");
  return `${words.slice(0, start).join(":")}::${words.slice(start + length).join(":")}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
