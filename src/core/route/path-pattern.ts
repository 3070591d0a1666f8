import type { PathMatch } from "../server/http-settings.ts";
import { wholeExpression } from "./expression.ts";
import { escapePath } from "./path-bytes.ts";

/** What kinds of path match come before which; within one kind, see `comparePaths`. */
const rankOfKind = { exact: 0, template: 1, regex: 2, prefix: 3, any: 4 } as const;

/** A segment of a template. Of parameters only the place counts: `/:a/x` and `/:b/x` are the same. */
export type TemplateSegment = { readonly literal: string } | { readonly name: string };

/** A template, cut at its slashes. */
export interface Template {
  readonly segments: readonly TemplateSegment[];
  /** The name of a last `*name`, which is not one of `segments`. */
  readonly rest: string | undefined;
}

/** What a route asks of the path, as it is looked up: in the spelling of canonical paths. */
export interface PathPattern {
  readonly kind: keyof typeof rankOfKind;
  /** Routes with equal keys match equal paths, and stand in one bucket. A prefix has no slash at its end. */
  readonly key: string;
  readonly template?: Template;
  readonly expression?: RegExp;
}

/** Throws when the path does not begin with a slash, or when the expression is none: settings are checked before. */
export function readPattern(path: PathMatch | undefined): PathPattern {
  if (path === undefined) return { kind: "any", key: "" };
  if (path.kind === "regex") {
    return { kind: "regex", key: path.value, expression: wholeExpression(path.value, "du") };
  }
  if (!path.value.startsWith("/")) throw new RangeError(`A path begins with a slash: ${path.value}`);
  const value = escapePath(path.value);
  if (path.kind === "exact") return { kind: "exact", key: value };
  if (path.kind === "prefix") return { kind: "prefix", key: value.replace(/\/+$/, "") };
  const template = readTemplate(path.value);
  return { kind: "template", key: templateKey(template), template };
}

/** Cuts a template at its slashes. */
export function readTemplate(text: string): Template {
  const parts = text.slice(1).split("/");
  const last = parts.at(-1) ?? "";
  const rest = last.startsWith("*") ? last.slice(1) : undefined;
  if (rest !== undefined) parts.pop();
  const segments = parts.map((part) =>
    part.startsWith(":") ? { name: part.slice(1) } : { literal: escapePath(part) },
  );
  return { segments, rest };
}

/** The literals, with nothing where a parameter stands, and the shape: what a template is found by. */
function templateKey(template: Template): string {
  return `${templateShape(template)} ${templateLiterals(template)}`;
}

/** Where its literals are: `L` and `P` for each segment, `*` for the rest. */
export function templateShape({ segments, rest }: Template): string {
  return segments.map((segment) => ("literal" in segment ? "L" : "P")).join("") + (rest === undefined ? "" : "*");
}

/** Each segment behind a slash; a parameter's is empty. */
export function templateLiterals({ segments }: Template): string {
  return segments.map((segment) => ("literal" in segment ? `/${segment.literal}` : "/")).join("");
}

/**
 * Which of two patterns that match one path comes first, when below 0; 0 when that does not depend on the path.
 *
 * - Exact before template before expression before prefix before none; of prefixes the longest.
 * - Of templates: more literal segments first, then one without `*rest`, then the longer one, then the one whose literal
 *   segments come earlier.
 * - Of expressions neither.
 */
export function comparePatterns(a: PathPattern, b: PathPattern): number {
  if (a.kind !== b.kind) return rankOfKind[a.kind] - rankOfKind[b.kind];
  if (a.kind === "prefix") return b.key.length - a.key.length;
  return a.template === undefined || b.template === undefined ? 0 : compareShapes(a.template, b.template);
}

/** Templates of one shape are equal. */
export function compareShapes(a: Template, b: Template): number {
  const [shapeA, shapeB] = [templateShape(a), templateShape(b)];
  return (
    countLiterals(b) - countLiterals(a) ||
    Number(a.rest !== undefined) - Number(b.rest !== undefined) ||
    b.segments.length - a.segments.length ||
    (shapeA < shapeB ? -1 : Number(shapeA > shapeB))
  );
}

function countLiterals({ segments }: Template): number {
  return segments.filter((segment) => "literal" in segment).length;
}
