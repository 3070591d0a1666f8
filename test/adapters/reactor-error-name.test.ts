import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { errorName } from "../../src/adapters/reactor/error-name.ts";

describe("errorName", () => {
  it("tells errors as the system's are told", () => {
    assert.equal(errorName(-111), "ECONNREFUSED");
    assert.equal(errorName(-11), "EAGAIN");
    assert.equal(errorName(-28), "ENOSPC");
  });

  it("has words for each number, known to the runtime or not", () => {
    for (let error = -133; error < 0; error++) assert.match(errorName(error), /^(E[A-Z0-9]+|error \d+)$/);
    assert.equal(errorName(-9999), "error 9999");
  });
});
