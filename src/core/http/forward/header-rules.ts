import type { ByteWriter } from "../../bytes/byte-writer.ts";
import type { HeaderRules, HeaderValue } from "../../server/http-settings.ts";
import type { Head } from "../../wire/head.ts";
import { NameSet } from "./name-set.ts";
import { Template } from "./template.ts";
import type { Variables } from "./variables.ts";

/**
 * Fields that no rule may change: they frame messages and hold connections together, and the proxy writes them itself.
 * For `host` there is `rewrite.host`. config/ refuses them; here a rule for one does nothing.
 */
export const unruledHeaders: readonly string[] = [
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "upgrade",
  "expect",
];

/** A field that is written: its name and `: `, and its value. */
interface Written {
  readonly start: Uint8Array;
  readonly value: Template;
}

const encoder = new TextEncoder();
// RFC 9110 section 5.6.2.
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Header rules, read once: which of a head's fields go, and which are written behind the others. */
export class CompiledHeaderRules {
  /** What goes: removed, or set anew. */
  readonly removed: NameSet;
  /** A value needs what is known of the exchange: `Variables` must still be there when the head is written. */
  readonly usesExchange: boolean;
  readonly #removedNames: ReadonlySet<string>;
  readonly #written: readonly Written[];

  /** `aliases`: see `NameSet`. */
  constructor(rules: HeaderRules, aliases: boolean) {
    const removed = [...rules.remove, ...rules.set.map(({ name }) => name)].filter((name) => mayRule(name));
    this.removed = new NameSet(removed, aliases);
    this.#removedNames = new Set(removed.map((name) => name.toLowerCase()));
    this.#written = [...rules.set, ...rules.add].filter(({ name }) => mayRule(name)).map((rule) => compileField(rule));
    this.usesExchange = this.#written.some(({ value }) => value.usesExchange);
  }

  /** The name, in lower case, is removed or set: what the proxy would write of itself is not written. */
  replaces(name: string): boolean {
    return this.#removedNames.has(name);
  }

  /** Writes what is set and added. `head` is the one that came, if one did. */
  write(out: ByteWriter, head: Head | undefined, variables: Variables): void {
    for (const { start, value } of this.#written) {
      out.all(start);
      value.write(out, head, variables);
      out.byte(13);
      out.byte(10);
    }
  }
}

/** Undefined when there are none: most routes. `aliases`: see `NameSet`. */
export function compileHeaderRules(rules: HeaderRules | undefined, aliases: boolean): CompiledHeaderRules | undefined {
  return hasRules(rules) ? new CompiledHeaderRules(rules, aliases) : undefined;
}

/** Whether there is a rule at all. */
export function hasRules(rules: HeaderRules | undefined): rules is HeaderRules {
  return rules !== undefined && rules.remove.length + rules.set.length + rules.add.length > 0;
}

function mayRule(name: string): boolean {
  return token.test(name) && !unruledHeaders.includes(name.toLowerCase());
}

function compileField({ name, value }: HeaderValue): Written {
  return { start: encoder.encode(`${name}: `), value: new Template(value) };
}
