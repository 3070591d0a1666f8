/** Regular expressions of settings see no longer text than this, in bytes; a longer one they do not match. */
export const maxExpressionBytes = 2048;

/**
 * An expression for a whole text, in Unicode mode, which refuses what is probably a mistake. `d` says where groups are.
 * Throws when it is none: settings are checked before.
 */
export function wholeExpression(source: string, flags: "u" | "du"): RegExp {
  // It must be one by itself, not only between these parentheses.
  void new RegExp(source, flags);
  return new RegExp(`^(?:${source})$`, flags);
}

/** Bytes as a text that has a character for each. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}
