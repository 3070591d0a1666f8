import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fuzzWire } from "./fuzz-wire.ts";

describe("fuzzWire", () => {
  it("finds nothing in 20,000 inputs (npm run fuzz:http takes a million)", () => {
    const counts = fuzzWire(20_000, 1);
    for (const [name, count] of Object.entries(counts)) assert.ok(count > 200, `${name}: ${count}`);
  });
});
