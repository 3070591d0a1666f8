import { ByteTable, hashByte, hashBytes } from "./byte-table.ts";
import type { CanonicalPath } from "./canonical-path.ts";
import { slash } from "./path-bytes.ts";
import { compareShapes, type Template, templateLiterals, templateShape } from "./path-pattern.ts";
import type { RouteMatch } from "./route-match.ts";

/** Templates whose literals, parameters and rest have the same places. */
interface Shape {
  readonly scope: number;
  /** How many segments there are without the rest. */
  readonly count: number;
  /** 1 where a literal stands. */
  readonly literals: Uint8Array;
  readonly hasRest: boolean;
  readonly example: Template;
}

const utf8 = new TextEncoder();

/**
 * Templates of paths, found by their shape: what a path has where the shape has literals is looked up by its hash. The cost
 * depends on how many shapes have as many segments as the path, not on how many templates there are.
 */
export class TemplateTable {
  readonly #table = new ByteTable(false);
  readonly #shapes = new Map<string, Shape>();
  /** By the path's number of segments, the most specific shape first; the last also for all longer paths. */
  #byCount: readonly (readonly Shape[])[] = [];
  /** Where the segments of the path begin, behind the slash; one more entry, so that each end is known. */
  #starts = new Int32Array(2);
  #segments = 0;
  /** The path with nothing where parameters are. */
  #key = new Uint8Array(64);

  /** Adds a template that is not there yet. */
  add(template: Template, value: number): void {
    const name = templateShape(template);
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      const { segments, rest } = template;
      const literals = Uint8Array.from(segments, (segment) => ("literal" in segment ? 1 : 0));
      const scope = this.#shapes.size;
      shape = { scope, count: segments.length, literals, hasRest: rest !== undefined, example: template };
      this.#shapes.set(name, shape);
      this.#sort();
    }
    const bytes = utf8.encode(templateLiterals(template));
    if (this.#key.length < bytes.length) this.#key = new Uint8Array(bytes.length);
    this.#table.add(shape.scope, hashBytes(bytes), bytes, value);
  }

  /** Takes a path. How many shapes may match it: see `get`. */
  set(path: CanonicalPath): number {
    const starts = this.#starts;
    const { bytes, start, end } = path;
    const max = starts.length - 1;
    let count = 0;
    for (let at = start; at < end && count < max; at++) if (bytes[at] === slash) starts[count++] = at + 1;
    // Where there is no room for more, nobody looks at it.
    starts[count] = end + 1;
    this.#segments = count;
    return this.#shapesNow().length;
  }

  /** The value of the template of the shape at this place that matches the path; -1 when none does. */
  get(place: number, path: CanonicalPath): number {
    const { scope, count, literals } = this.#shapesNow()[place] as Shape;
    const { bytes } = path;
    const starts = this.#starts;
    const key = this.#key;
    let length = 0;
    let hash = 0;
    for (let segment = 0; segment < count; segment++) {
      const start = starts[segment] as number;
      const end = (starts[segment + 1] as number) - 1;
      const size = literals[segment] === 1 ? end - start : 0;
      // Longer than all templates.
      if (length + 1 + size > key.length) return -1;
      key[length++] = slash;
      hash = hashByte(hash, slash);
      if (literals[segment] === 0) {
        if (start === end) return -1;
        continue;
      }
      for (let at = start; at < end; at++) {
        const byte = bytes[at] as number;
        key[length++] = byte;
        hash = hashByte(hash, byte);
      }
    }
    return this.#table.get(scope, hash, key, 0, length);
  }

  /** Says where the parameters of the template at this place are, and the rest, which is the last capture. */
  capture(place: number, path: CanonicalPath, match: RouteMatch): void {
    const { count, literals, hasRest } = this.#shapesNow()[place] as Shape;
    const starts = this.#starts;
    for (let segment = 0; segment < count; segment++) {
      if (literals[segment] === 0) match.capture(starts[segment] as number, (starts[segment + 1] as number) - 1);
    }
    match.prefixEnd = path.end;
    if (!hasRest) return;
    const restStart = Math.min(starts[count] as number, path.end);
    match.capture(restStart, path.end);
    // With the slash before it.
    if (count < this.#segments) match.prefixEnd = restStart - 1;
  }

  #shapesNow(): readonly Shape[] {
    return this.#byCount[this.#segments] as readonly Shape[];
  }

  #sort(): void {
    const shapes = [...this.#shapes.values()].toSorted((a, b) => compareShapes(a.example, b.example));
    const longest = Math.max(...shapes.map((shape) => shape.count));
    // One more: all paths that are longer than any template without its rest.
    this.#byCount = Array.from({ length: longest + 2 }, (_, count) =>
      shapes.filter((shape) => (shape.hasRest ? shape.count <= count : shape.count === count)),
    );
    this.#starts = new Int32Array(longest + 2);
  }
}
