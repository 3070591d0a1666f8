import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineWriter } from "../../src/control/log/line-writer.ts";
import { accessFields } from "../../src/control/log/access-log.ts";
import { logEvents } from "../../src/control/log/log-events.ts";
import { openLog } from "../../src/control/log/log.ts";
import { endpointSettings } from "../support/settings.ts";
import { TestUpstream } from "../support/upstream.ts";

const window = { windowMs: 10_000 };

describe("logEvents", () => {
  it("says of an ejection and of an open breaker for how long they last", () => {
    const test = new TestUpstream([endpointSettings(1), endpointSettings(2)], {
      outlier: { ...window, consecutiveFailures: 3, ejectionMs: 30_000, maxEjectionMs: 60_000, maxEjectedShare: 0.5 },
      endpointBreaker: { ...window, failures: 3, openMs: 5000, halfOpenProbes: 1, successes: 1 },
    });
    const other = test.endpoint(2);
    for (let count = 0; count < 3; count++) test.ask([other]).fail();
    test.clock.advance(1000);

    let text = "";
    const write = { write() {}, writeNow: (bytes: Uint8Array) => void (text += new TextDecoder().decode(bytes)) };
    const writer = new LineWriter(write, test.clock);
    const log = openLog({ level: "info", format: "json", colours: false }, writer);
    const events = logEvents(log, test.clock);
    events.onUpstreamChange?.(test.upstream, "ejection", test.endpoint(1));
    events.onUpstreamChange?.(test.upstream, "breaker", test.endpoint(1));
    writer.flushNow();
    const where = { upstream: "origins", endpoint: "127.0.0.1:1" };
    assert.deepEqual(
      text
        .trim()
        .split("\n")
        .map((line) => ({ ...(JSON.parse(line) as object), time: "" })),
      [
        {
          ...{ time: "", level: "warning", msg: "endpoint is ejected: its connections fail" },
          ...{ ...where, failures: 3, for_ms: 29_000 },
        },
        { time: "", level: "warning", msg: "circuit breaker is open", ...where, for_ms: 4000 },
      ],
    );
  });
});

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
