/** The shape of `log.access`. */
import * as v from "valibot";
import type { AccessLogSettings } from "./config.ts";
import { accessFormats } from "./config.ts";
import { defaults } from "./defaults.ts";
import { leaf, wrongKind } from "./leaf.ts";
import { mistaken, oneOf, parsed } from "./mistake.ts";
import { percentage } from "./quantity.ts";
import { suggestValue } from "./suggest.ts";
import { accessVariables, variableMistake } from "./variables.ts";

/** `access`: whether, or how. */
export type AccessLogEntry = boolean | { readonly format: FormatEntry; readonly sample: number };

/** One of the forms with a name, or a template. */
type FormatEntry = Pick<AccessLogSettings, "format" | "template">;

const maxTemplateLength = 1024;

const format = leaf<FormatEntry>(
  {
    description:
      "The form of a record of HTTP: `auto` as `log.format` says, `json`, `clf` (the Common Log Format), `combined`, or a template with [variables](#variables) in braces.",
    type: "string",
    pattern: `^(${accessFormats.join("|")})$|\\{`,
  },
  (input) => {
    const expected = `${oneOf(accessFormats).replace(" or ", ", ")} or a template such as {client} {status}`;
    if (typeof input !== "string") return wrongKind(input, expected);
    const known = accessFormats.find((word) => word === input);
    if (known !== undefined) return parsed({ format: known, template: "" });
    if (!input.includes("{")) return wrongKind(input, expected, suggestValue(input, accessFormats));
    if (input.length > maxTemplateLength) {
      return mistaken(`Template is ${input.length} characters long`, `at most ${maxTemplateLength}`);
    }
    if (/[\r\n]/.test(input)) return mistaken("Template has a line break in it", "one line");
    const mistake = variableMistake(input, Object.keys(accessVariables));
    return mistake === undefined ? parsed({ format: "template", template: input }) : { ok: false, mistake };
  },
);

const accessMap = v.pipe(
  v.strictObject({
    format: v.optional(format, defaults.accessLog.format),
    sample: v.optional(
      percentage("How many of the requests leave a record; those that failed always do.", { min: 0, max: 1 }),
      defaults.accessLog.sample,
    ),
  }),
  v.title("access"),
  v.description("The records of requests."),
);

const whether = leaf<boolean>({ description: "Whether.", type: "boolean" }, (input) => {
  if (typeof input === "boolean") return parsed(input);
  const known = accessFormats.find((word) => word === input);
  const hint = known === undefined ? undefined : `write { format: ${known} }`;
  return wrongKind(input, "true, false, or a map such as { format: combined }", hint);
});

/** The schema of `log.access`. */
export const accessLogSchema = v.pipe(
  v.union([whether, accessMap]),
  v.description(
    "Whether each connection and each request leaves a record when it ends; or a map that says how those of requests look.",
  ),
);
