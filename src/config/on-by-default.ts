import * as v from "valibot";
import { offSwitch } from "./leaf.ts";

/**
 * A map of what is on by default, or `off` in its place, which comes out as `false`. `off` says what is then; `example` is
 * such a map, for who writes neither.
 */
export function onByDefault<M extends v.GenericSchema>(
  description: string,
  map: M,
  { off, example }: { readonly off: string; readonly example: string },
) {
  const either = v.union([offSwitch(off, example, "remove the key: it is on by default"), map]);
  return v.pipe(either, v.description(description));
}
