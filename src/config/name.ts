/** Names that users give: of listeners, upstreams and routes. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a name looks like, for JSON Schema. */
export const namePattern = "^[A-Za-z][A-Za-z0-9_.-]{0,62}$";

/** Reads a name. */
export function parseName(text: string): Parsed<string> {
  if (new RegExp(namePattern).test(text)) return parsed(text);
  return mistaken(`Name ${quote(text)} is not allowed`, nameForm);
}

/** A name in words. */
export const nameForm = 'a letter, then at most 62 letters, digits, ".", "_" or "-"';
