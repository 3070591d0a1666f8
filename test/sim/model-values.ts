/** What values that header rules write must be: a small model that shares nothing with the core. */

/** Text that must be just so, or match. */
export type Wanted = string | RegExp;

/** What variables stand for; what is not known for certain is a source of an expression. */
export type Meanings = Readonly<Record<string, Wanted>>;

/** Ids as the proxy makes them. */
export const madeId = /^[0-9a-f]{16}-[0-9a-f]{8}$/;

/** The value that a template of a rule becomes. `field` gives the first field of that name in the head that came. */
export function valueOf(template: string, meanings: Meanings, field: (name: string) => string): Wanted {
  let source = "";
  let certain = true;
  let text = "";
  const add = (wanted: Wanted): void => {
    if (typeof wanted === "string") {
      source += wanted.replaceAll(/[^A-Za-z0-9 ]/g, "\\$&");
      text += wanted;
      return;
    }
    certain = false;
    source += wanted.source.replace(/^\^/, "").replace(/\$$/, "");
  };
  for (const [part] of template.matchAll(/\{\{|\}\}|\{[^}]+\}|[^{}]+/g)) {
    if (part === "{{" || part === "}}") add(part.slice(1));
    else if (part.startsWith("{header:")) add(field(part.slice("{header:".length, -1)));
    else if (part.startsWith("{")) add(meanings[part.slice(1, -1)] ?? "");
    else add(part);
  }
  return certain ? text : new RegExp(`^${source}$`);
}

/** How fields differ from those that must be there, in words; empty: not at all. */
export function differences(
  came: ReadonlyMap<string, readonly string[]>,
  wanted: ReadonlyMap<string, readonly Wanted[]>,
  unchecked: ReadonlySet<string>,
): string {
  for (const name of new Set([...came.keys(), ...wanted.keys()])) {
    if (unchecked.has(name)) continue;
    const values = came.get(name) ?? [];
    const right = wanted.get(name) ?? [];
    if (values.length !== right.length || !values.every((value, at) => isWanted(value, right[at])))
      return `${name} is ${said(values)}, and not ${said(right.map(String))}`;
  }
  return "";
}

function isWanted(value: string, wanted: Wanted | undefined): boolean {
  return wanted instanceof RegExp ? wanted.test(value) : value === wanted;
}

function said(values: readonly string[]): string {
  return values.length === 0 ? "absent" : values.map((value) => `'${value}'`).join(" and ");
}
