import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Core, loadCore, ourSources } from "./load-core.ts";
import type { Mutation } from "./mutations.ts";

/** A copy of the core with a bug in it. Throws when the text that the bug replaces is not there exactly once. */
export class MutatedCore implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "geryon-mutation-"));

  constructor({ file, text, becomes }: Mutation) {
    for (const part of ["core", "control/workers"])
      cpSync(fileURLToPath(new URL(part, ourSources)), join(this.#folder, part), { recursive: true });
    writeFileSync(join(this.#folder, "package.json"), '{ "type": "module" }');
    const path = join(this.#folder, file);
    const parts = readFileSync(path, "utf8").split(text);
    if (parts.length !== 2) throw new Error(`${file} holds ${parts.length - 1} times: ${text}`);
    writeFileSync(path, parts.join(becomes));
  }

  load(): Promise<Core> {
    return loadCore(pathToFileURL(join(this.#folder, "/")).href);
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}
