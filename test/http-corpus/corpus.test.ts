import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { needs } from "../contract/needs.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { mistakes } from "./runner.ts";
import { Stand } from "./stand.ts";
import { themes } from "./themes.ts";

const runtime = await currentRuntime();
const stand = new Stand(runtime);
after(() => stand[Symbol.asyncDispose]());

for (const theme of themes) {
  describe(`corpus: ${theme.name}`, () => {
    for (const one of theme.cases) {
      it(one.name, one.needs === undefined ? {} : needs(runtime, one.needs), async () => {
        const { saw, port } = await stand.play(theme, one);
        assert.deepEqual(mistakes(one, saw, port), [], one.why);
      });
    }
  });
}

describe("corpus", () => {
  it("has cases with names of their own, in themes that are full enough", () => {
    let count = 0;
    for (const { name, cases } of themes) {
      const names = new Set(cases.map((one) => one.name));
      assert.equal(names.size, cases.length, name);
      count += cases.length;
    }
    assert.ok(count >= 300, String(count));
  });
});
