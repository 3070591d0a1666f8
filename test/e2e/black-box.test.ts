import { bundleBuild, executableBuild, sourceBuild } from "../support/geryon.ts";
import { blackBox } from "./black-box.ts";

blackBox(sourceBuild);
blackBox(bundleBuild);
// The executable carries its own runtime: once is enough, and Node's run is the one.
if (!("Bun" in globalThis) && !("Deno" in globalThis)) blackBox(executableBuild);
