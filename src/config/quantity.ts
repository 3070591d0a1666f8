/** Valibot schemas of values with a unit: durations, sizes, percentages and rates, each within bounds. */
import { durationPattern, formatDuration, parseDuration } from "./duration.ts";
import { isOff, leaf, wrongKind } from "./leaf.ts";
import type { Bounds, Leaf, LeafForm } from "./leaf.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";
import { byteRatePattern, formatByteRate, parseByteRate } from "./byte-rate.ts";
import { formatPercentage, parsePercentage, percentagePattern } from "./percentage.ts";
import { formatRate, parseRate, ratePattern } from "./rate.ts";
import { formatSize, parseSize, sizePattern } from "./size.ts";

/** Bounds of a quantity; with `off`, also the words that switch it off are taken, and read as 0. */
export interface QuantityBounds extends Bounds {
  readonly off?: boolean;
}

/** A duration in milliseconds. */
export function duration(description: string, bounds: QuantityBounds): Leaf<number> {
  return quantity(description, bounds, {
    name: "Duration",
    pattern: durationPattern,
    unitless: bounds.min === 0,
    words: ["short", "long"],
    parse: parseDuration,
    format: formatDuration,
  });
}

/** A size in bytes. */
export function size(description: string, bounds: QuantityBounds): Leaf<number> {
  return quantity(description, bounds, {
    name: "Size",
    pattern: sizePattern,
    words: ["small", "large"],
    parse: parseSize,
    format: formatSize,
  });
}

/** Bytes in a second. */
export function byteRate(description: string, bounds: QuantityBounds): Leaf<number> {
  return quantity(description, bounds, {
    name: "Rate",
    pattern: byteRatePattern,
    words: ["low", "high"],
    parse: parseByteRate,
    format: formatByteRate,
  });
}

/** A percentage as a share: 30% is 0.3, and so are the bounds. */
export function percentage(description: string, bounds: QuantityBounds): Leaf<number> {
  return quantity(description, bounds, {
    name: "Percentage",
    pattern: percentagePattern,
    words: ["low", "high"],
    parse: parsePercentage,
    format: formatPercentage,
  });
}

/** A rate in times per second. */
export function rate(description: string, bounds: QuantityBounds): Leaf<number> {
  return quantity(description, bounds, {
    name: "Rate",
    pattern: ratePattern,
    words: ["low", "high"],
    parse: parseRate,
    format: formatRate,
  });
}

/** How a kind of quantity is read and written. */
interface Quantity {
  readonly name: string;
  readonly pattern: string;
  /** Whether 0 may be written as a number. */
  readonly unitless?: boolean;
  /** What is below the bounds is too `words[0]`. */
  readonly words: readonly [string, string];
  readonly parse: (text: string) => Parsed<number>;
  readonly format: (value: number) => string;
}

function quantity(description: string, bounds: QuantityBounds, kind: Quantity): Leaf<number> {
  const { min, max, off = false, hint } = bounds;
  const { name, words, format } = kind;
  const expected = `${off ? "off or " : ""}a ${name.toLowerCase()} from ${format(min)} to ${format(max)}`;
  return leaf(formOf(description, off, kind), (input) => {
    if (off && isOff(input)) return parsed(0);
    // A number is taken for text so that the message is about its missing unit.
    const written = typeof input === "number" ? String(input) : input;
    if (typeof written !== "string") return wrongKind(input, expected);
    const read = kind.parse(written);
    if (!read.ok || (read.value >= min && read.value <= max)) return read;
    return mistaken(`${name} ${quote(written)} is too ${words[read.value < min ? 0 : 1]}`, expected, hint);
  });
}

function formOf(description: string, off: boolean, { pattern, unitless = false }: Quantity): LeafForm {
  if (off) return { description, type: ["string", "boolean"], pattern: `^off$|${pattern}` };
  if (!unitless) return { description, type: "string", pattern };
  return { description, type: ["string", "number"], pattern, minimum: 0, maximum: 0 };
}
