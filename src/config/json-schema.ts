/** The JSON Schema of a config file, for editors and for the docs. */
import { toJsonSchema } from "@valibot/to-json-schema";
import { configSchema } from "./schema.ts";

/** A JSON Schema document, or a part of one. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/**
 * JSON Schema (draft 2020-12) of a config file as it is written: with durations, sizes and addresses as text, and with
 * `${NAME}` allowed in the place of any value.
 */
export function configJsonSchema(): JsonSchema {
  const schema = toJsonSchema(configSchema, { target: "draft-2020-12", typeMode: "input" });
  return allowReferences({ $schema: schema.$schema, title: "Geryon config", ...schema }) as JsonSchema;
}

const reference = "\\$\\{";

/** Goes through all schemas inside a schema, and widens those of single values. */
function allowReferences(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(allowReferences);
  if (typeof schema !== "object" || schema === null) return schema;
  const widened = Object.entries(schema).map(([keyword, value]) => [
    keyword,
    nested.has(keyword) ? widenInside(keyword, value) : value,
  ]);
  return widenLeaf(Object.fromEntries(widened) as JsonSchema);
}

const nested: ReadonlySet<string> = new Set(["properties", "additionalProperties", "items", "anyOf"]);

function widenInside(keyword: string, value: unknown): unknown {
  if (keyword !== "properties" || typeof value !== "object" || value === null) return allowReferences(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, allowReferences(inner)]));
}

function widenLeaf(schema: JsonSchema): JsonSchema {
  const { type, enum: words, pattern } = schema;
  if (type === undefined || type === "object" || type === "array") return schema;
  if (words !== undefined) {
    const { enum: _, type: __, ...rest } = schema;
    return {
      ...rest,
      anyOf: [
        { type, enum: words },
        { type: "string", pattern: reference },
      ],
    };
  }
  const types = [type].flat();
  const isText = types.includes("string");
  // Text without a pattern may hold a reference as it is.
  if (isText && typeof pattern !== "string") return schema;
  const widened = typeof pattern === "string" ? `${pattern}|${reference}` : reference;
  return { ...schema, type: isText ? type : [...types, "string"], pattern: widened };
}
