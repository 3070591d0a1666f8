import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { needs } from "../../contract/needs.ts";
import { currentRuntime } from "../../support/current-runtime.ts";
import { repositoryFile, runScript, runToEnd } from "../../support/geryon.ts";

describe("after the workers are cut", needs(await currentRuntime(), "reusePort"), () => {
  it("no thread, no timer and no wait is left: the process ends by itself", { timeout: 30_000 }, async () => {
    const { code, stdout, stderr } = await runToEnd(runScript(repositoryFile("test/support/pool-life.ts")));
    assert.deepEqual([code, stdout, stderr], [0, "cut\n", ""]);
  });
});
