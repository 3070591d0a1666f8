import packageJson from "../../package.json" with { type: "json" };
import type { Runtime } from "../core/runtime/runtime.ts";

/** The version in package.json. */
export const version: string = packageJson.version;

/** The program's version and what it runs on. */
export function versionText(runtime: Runtime): string {
  return `geryon ${version} (${runtime.name} ${runtime.version})`;
}
