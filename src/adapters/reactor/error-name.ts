import { getSystemErrorName } from "node:util";

/** The name of an error of libc, such as `ECONNREFUSED` for -111, the way the system's errors are told everywhere here. */
export function errorName(error: number): string {
  // Where a runtime has no name for it, Node answers a sentence, and Deno nothing, whatever its types say.
  const name = getSystemErrorName(error) as string | undefined;
  return name?.startsWith("E") === true ? name : `error ${-error}`;
}
