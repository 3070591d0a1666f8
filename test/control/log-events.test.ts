import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessFields } from "../../src/control/log/log-events.ts";

describe("accessFields", () => {
  it("leaves out what there was not", () => {
    const fields = accessFields({
      listener: "web",
      upstream: "app",
      client: { kind: "tcp", host: "::1", port: 5 },
      endpoint: undefined,
      attempts: 0,
      bytesUp: 0,
      bytesDown: 0,
      connectMs: undefined,
      durationMs: 0.123456,
      outcome: "no-endpoint",
    });
    assert.equal(
      JSON.stringify(fields),
      '{"listener":"web","client":"[::1]:5","upstream":"app","outcome":"no-endpoint","source":"upstream","attempts":0,' +
        '"bytes_up":0,"bytes_down":0,"duration_ms":0.123}',
    );
  });
});
