import { getSystemErrorName } from "node:util";

/** The name of an error of libc, such as `ECONNREFUSED` for -111, the way the system's errors are told everywhere here. */
export function errorName(error: number): string {
  return getSystemErrorName(error);
}
