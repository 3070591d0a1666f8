/** The shape of `match` of a route: what requests it is for. */
import * as v from "valibot";
import { cidrPattern, parseCidr } from "./cidr.ts";
import { maxExpressionLength, parseExpression } from "./expression.ts";
import { hostPatternPattern, parseHostPattern } from "./host-pattern.ts";
import { headerValuePattern, parseHeaderValue } from "./http-text.ts";
import { flag, keyText, leaf, text, wrongKind } from "./leaf.ts";
import type { Leaf } from "./leaf.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";
import { parseRoutePath, parseTemplate, routePathPattern } from "./path-pattern.ts";
import { parseFieldName, parseMethod, tokenPattern } from "./token.ts";

/** `match`. */
export interface RouteMatchEntry {
  readonly host?: string | readonly string[] | undefined;
  readonly path?: string | undefined;
  readonly pathPrefix?: string | undefined;
  readonly pathTemplate?: string | undefined;
  readonly pathRegex?: string | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly headers: Readonly<Record<string, ValueMatchEntry>>;
  readonly query: Readonly<Record<string, ValueMatchEntry>>;
  readonly clients?: readonly string[] | undefined;
}

/** One of `headers` or `query`: the whole value, or a map with one key. */
export type ValueMatchEntry =
  | string
  | {
      readonly prefix?: string | undefined;
      readonly regex?: string | undefined;
      readonly present?: boolean | undefined;
    };

/** The keys that say what path a request has: one of them at most. */
export const pathKeys = ["path", "pathPrefix", "pathTemplate", "pathRegex"] as const;

/** The keys of a map that says what a value is: one of them. */
export const valueKeys = ["prefix", "regex", "present"] as const;

const maxHosts = 100;
const maxMethods = 32;
const maxValues = 16;
const maxClients = 1000;

const host = text(
  { description: "A host, or a wildcard.", pattern: hostPatternPattern },
  "a host such as app.example, *.app.example or [::1]",
  parseHostPattern,
);

function expression(description: string): Leaf<string> {
  return text({ description, maxLength: maxExpressionLength }, "an ECMAScript regular expression", parseExpression);
}

/** Reads the value of a query parameter. */
function parseQueryValue(input: string): Parsed<string> {
  return input.length > 1024 ? mistaken(`Value is ${input.length} characters long`, "at most 1024") : parsed(input);
}

/** A value in quotes; numbers and booleans are a slip that every YAML file makes. */
function exactText(
  form: { readonly pattern?: string },
  description: string,
  read: (input: string) => Parsed<string>,
): Leaf<string> {
  return leaf({ description, type: "string", ...form }, (input) => {
    if (typeof input === "string") return read(input);
    const plain = typeof input === "number" || typeof input === "boolean" ? `write ${quote(String(input))}` : undefined;
    return wrongKind(input, "text in quotes, or a map with prefix, regex or present", plain);
  });
}

function valueMatch(what: string, form: { readonly pattern?: string }, read: (input: string) => Parsed<string>) {
  const map = v.pipe(
    v.strictObject({
      prefix: v.optional(text({ description: "How the value begins.", ...form }, "text in quotes", read)),
      regex: v.optional(expression("An ECMAScript expression for the whole value.")),
      present: v.optional(flag("`true`: it is there, with any value; `false`: it is not.")),
    }),
    v.title(`a ${what} match`),
    v.description(`What a ${what} is, by one of these keys.`),
  );
  return v.pipe(
    v.union([exactText(form, "The whole value.", read), map]),
    v.description("The whole value in quotes, or a map with `prefix`, `regex` or `present`."),
  );
}

const headerName = keyText(
  { description: "The name of a header, in any case.", pattern: tokenPattern },
  parseFieldName,
);
const parameterName = keyText({ description: "The name of a parameter, decoded." }, (input) =>
  input === "" || input.length > 256
    ? mistaken(`Parameter name ${quote(input)} is not allowed`, "1 to 256 characters")
    : parsed(input),
);

/** The schema of `match`. */
export const routeMatchSchema = v.pipe(
  v.strictObject({
    host: v.optional(
      v.pipe(
        v.union([host, v.pipe(v.array(host), v.minLength(1), v.maxLength(maxHosts))]),
        v.description(
          "The host that is asked for, without its port: `app.example`; `*.app.example` for all below it; or a list of which one holds.",
        ),
      ),
    ),
    path: v.optional(
      text(
        { description: "The whole path.", pattern: routePathPattern },
        "a path from the root such as /api",
        parseRoutePath,
      ),
    ),
    pathPrefix: v.optional(
      text(
        {
          description: "How the path begins, in whole parts: `/api` is also `/api/users`, and not `/apis`.",
          pattern: routePathPattern,
        },
        "a path from the root such as /api",
        parseRoutePath,
      ),
    ),
    pathTemplate: v.optional(
      text(
        {
          description: "The path in parts: `:name` stands for any one, a last `*name` for any number of them.",
          pattern: routePathPattern,
        },
        "a path such as /users/:id or /files/*rest",
        parseTemplate,
      ),
    ),
    pathRegex: v.optional(
      expression("An ECMAScript expression for the whole path. What it costs depends on what clients send."),
    ),
    methods: v.optional(
      v.pipe(
        v.array(text({ description: "A method.", pattern: tokenPattern }, "a method such as GET or POST", parseMethod)),
        v.minLength(1),
        v.maxLength(maxMethods),
        v.description("The methods, of which one holds."),
      ),
    ),
    headers: v.optional(
      v.pipe(
        v.record(headerName, valueMatch("header", { pattern: headerValuePattern }, parseHeaderValue)),
        v.maxEntries(maxValues),
        v.description("Headers by name, which all hold."),
      ),
      {},
    ),
    query: v.optional(
      v.pipe(
        v.record(parameterName, valueMatch("query parameter", {}, parseQueryValue)),
        v.maxEntries(maxValues),
        v.description("Parameters of the query by name, which all hold."),
      ),
      {},
    ),
    clients: v.optional(
      v.pipe(
        v.array(
          text(
            { description: "An address, or a CIDR block.", pattern: cidrPattern },
            "an IP address, or a block such as 10.0.0.0/8",
            parseCidr,
          ),
        ),
        v.minLength(1),
        v.maxLength(maxClients),
        v.description("Addresses and CIDR blocks, of which one holds the client."),
      ),
    ),
  }),
  v.title("match"),
  v.description("What requests a route is for: all that is there must hold."),
);
