import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectFailure } from "../../src/adapters/compat/error-codes.ts";

describe("connectFailure", () => {
  it("knows what we ran out of from what the peer did", () => {
    for (const code of ["EMFILE", "EADDRNOTAVAIL"]) assert.equal(connectFailure({ code }), "resources");
    // A unix socket whose backlog is full: it is hung or overloaded, and health checks must see that.
    for (const code of ["ECONNREFUSED", "EAGAIN"]) assert.equal(connectFailure({ code }), "refused");
  });
});
