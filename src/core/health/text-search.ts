/**
 * Looks for a text in a stream of bytes, however they are split, and keeps none of them (Knuth, Morris, Pratt, "Fast
 * Pattern Matching in Strings", 1977).
 */
export class TextSearch {
  readonly #text: Uint8Array;
  /** For each position, how much of the text's beginning ends there, the whole so far not counted. */
  readonly #borders: Uint16Array;
  #matched = 0;

  /** A text of at most 65,535 bytes as UTF-8. */
  constructor(text: string) {
    this.#text = new TextEncoder().encode(text);
    this.#borders = new Uint16Array(this.#text.length);
    for (let index = 1, length = 0; index < this.#text.length; index++) {
      length = this.#extend(length, this.#text[index]);
      this.#borders[index] = length;
    }
  }

  /** The text has come. */
  get found(): boolean {
    return this.#matched === this.#text.length;
  }

  feed(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length && !this.found; index++) {
      this.#matched = this.#extend(this.#matched, bytes[index]);
    }
  }

  /** How much of the text's beginning there is once `byte` follows `length` bytes of it. */
  #extend(length: number, byte: number | undefined): number {
    let next = length;
    while (next > 0 && this.#text[next] !== byte) next = this.#borders[next - 1] ?? 0;
    return this.#text[next] === byte ? next + 1 : 0;
  }
}
