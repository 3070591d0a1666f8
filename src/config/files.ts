/** The files that a config names: their content becomes part of it. */
import { maxBodyText } from "./bounds.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/**
 * Reads a file whose path is relative to the config's own: its bytes, or in words why it cannot be had. One with more
 * than `maxBytes` is not read. Never throws.
 */
export type ReadFile = (path: string, maxBytes: number) => Uint8Array | string;

/** Each is read once, however often it is named: what was checked is what is used. */
export class ConfigFiles {
  readonly #read: ReadFile;
  readonly #texts = new Map<string, Parsed<string>>();

  constructor(read: ReadFile) {
    this.#read = read;
  }

  /** The text of a file of at most 64 KiB in UTF-8. */
  text(path: string): Parsed<string> {
    const known = this.#texts.get(path);
    if (known !== undefined) return known;
    const text = this.#decode(path);
    this.#texts.set(path, text);
    return text;
  }

  #decode(path: string): Parsed<string> {
    const read = this.#read(path, maxBodyText);
    if (typeof read === "string") return mistaken(`File ${quote(path)} cannot be read: ${read}`);
    try {
      return parsed(new TextDecoder("utf-8", { fatal: true }).decode(read));
    } catch {
      return mistaken(`File ${quote(path)} is not text in UTF-8`);
    }
  }
}
