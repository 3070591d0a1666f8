/** Names of header fields that are looked for in every head: found by their length first, without a string. */
export class NameSet {
  /** Names in lower case, by length. */
  readonly #byLength: (Uint8Array[] | undefined)[] = [];
  readonly #aliases: boolean;

  /**
   * With `aliases`, `x_real_ip` is `x-real-ip`: much of what runs behind a proxy cannot tell them apart (CGI and WSGI
   * make `HTTP_X_REAL_IP` of both), so who may not send the one may not send the other.
   */
  constructor(names: readonly string[], aliases: boolean) {
    this.#aliases = aliases;
    for (const name of names) this.#add(name.toLowerCase());
  }

  /** Whether one of the names is in `bytes` from `start` to `end`, in upper or lower case. */
  has(bytes: Uint8Array, start: number, end: number): boolean {
    const names = this.#byLength[end - start];
    if (names === undefined) return false;
    for (const name of names) if (this.#equals(name, bytes, start)) return true;
    return false;
  }

  #add(name: string): void {
    const bytes = Uint8Array.from(name, (character) => fold(character.charCodeAt(0), this.#aliases));
    while (this.#byLength.length <= bytes.length) this.#byLength.push(undefined);
    const names = (this.#byLength[bytes.length] ??= []);
    names.push(bytes);
  }

  #equals(name: Uint8Array, bytes: Uint8Array, start: number): boolean {
    for (let offset = 0; offset < name.length; offset++) {
      if (fold(bytes[start + offset] as number, this.#aliases) !== name[offset]) return false;
    }
    return true;
  }
}

const underscore = 95;
const hyphen = 45;

function fold(byte: number, aliases: boolean): number {
  if (byte >= 65 && byte <= 90) return byte | 32;
  return aliases && byte === underscore ? hyphen : byte;
}
