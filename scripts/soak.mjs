// @ts-check
/**
 * `npm run soak`: five minutes of clients with faults against a proxy of each runtime; writes bench/results/soak.md.
 *
 *   npm run soak -- --seconds 20 --runtime bun      less of it; writes nothing
 *   npm run soak -- --seconds 60 --output FILE
 */
import { ensurePrograms } from "./programs.mjs";
import { become, ensureInstalled } from "./project.mjs";

ensureInstalled();
ensurePrograms(new Map([["gcc", "gcc"]]));
become(["bench/soak/run.ts", ...process.argv.slice(2)]);
