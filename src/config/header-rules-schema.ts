/** The shape of `requestHeaders` and `responseHeaders` of a route. */
import * as v from "valibot";
import { headerValuePattern, parseHeaderValue } from "./http-text.ts";
import { keyText, text } from "./leaf.ts";
import { parseRuleName, tokenPattern } from "./token.ts";
import { ruleVariables, variableMistake } from "./variables.ts";

/** How the headers of a message are changed. */
export interface HeaderRulesEntry {
  readonly set: Readonly<Record<string, string>>;
  readonly add: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

const maxRules = 64;

const name = keyText({ description: "The name of a header, in any case.", pattern: tokenPattern }, parseRuleName);

const value = text(
  { description: "The value, with variables in braces.", pattern: headerValuePattern },
  "text in quotes",
  (input) => {
    const read = parseHeaderValue(input);
    if (!read.ok) return read;
    const mistake = variableMistake(input, Object.keys(ruleVariables));
    return mistake === undefined ? read : { ok: false, mistake };
  },
);

/** The schema of the rules under a key. */
export function headerRules(key: string, description: string) {
  return v.pipe(
    v.strictObject({
      remove: v.optional(
        v.pipe(
          v.array(
            text(
              { description: "The name of a header.", pattern: tokenPattern },
              "the name of a header",
              parseRuleName,
            ),
          ),
          v.maxLength(maxRules),
          v.description("Names of headers that are removed, before others are set and added."),
        ),
        [],
      ),
      set: v.optional(
        v.pipe(
          v.record(name, value),
          v.maxEntries(maxRules),
          v.description("Headers by name, in the place of all of that name. Values may hold [variables](#variables)."),
        ),
        {},
      ),
      add: v.optional(
        v.pipe(
          v.record(name, value),
          v.maxEntries(maxRules),
          v.description("Headers by name, beside those of that name. Values may hold [variables](#variables)."),
        ),
        {},
      ),
    }),
    v.title(key),
    v.description(description),
  );
}
