import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AccessJson } from "../../src/control/log/access-json.ts";
import { accessFields } from "../../src/control/log/access-log.ts";
import { lineFormat } from "../../src/control/log/log.ts";
import type { ConnectionRecord } from "../../src/core/observe/connection-record.ts";
import { outcomeCodes } from "../../src/core/observe/outcome.ts";

const text = fc.string({ unit: "binary" });
const address = fc.oneof(
  fc.record({ kind: fc.constant("tcp" as const), host: fc.oneof(fc.ipV4(), fc.ipV6(), text), port: fc.nat(65_535) }),
  fc.record({ kind: fc.constant("unix" as const), path: text }),
);
const durationMs = fc.double({ min: 0, max: 1e9, noNaN: true });
const record: fc.Arbitrary<ConnectionRecord> = fc.record({
  listener: text,
  upstream: text,
  client: address,
  endpoint: fc.option(address, { nil: undefined }),
  attempts: fc.nat(10),
  bytesUp: fc.maxSafeNat(),
  bytesDown: fc.maxSafeNat(),
  connectMs: fc.option(durationMs, { nil: undefined }),
  durationMs,
  outcome: fc.constantFrom(...outcomeCodes),
});

describe("the JSON line of a connection", () => {
  it("is what JSON.stringify makes of its fields, whatever they are", () => {
    const json = new AccessJson();
    const format = lineFormat({ format: "json", colours: false });
    // Times close to each other, as in a log, and from different seconds.
    const times = fc.integer({ min: 1_800_000_000_000, max: 1_800_000_003_000 });
    fc.assert(
      fc.property(record, times, (one, timestampMs) => {
        const fields = accessFields(one);
        assert.equal(
          json.line(one, timestampMs),
          format({ timestampMs, level: "info", message: "connection", fields }),
        );
      }),
      { numRuns: 500, seed: 1 },
    );
  });
});
