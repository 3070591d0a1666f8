import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineWriter } from "../../src/control/log/line-writer.ts";
import { openLog, type LogOptions } from "../../src/control/log/log.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What is written for one call. */
function logged(options: LogOptions, level: "debug" | "info" | "warning", properties: Record<string, unknown>): string {
  let text = "";
  const writer = new LineWriter(
    { write() {}, writeNow: (bytes) => void (text += new TextDecoder().decode(bytes)) },
    new FakeClock(),
  );
  openLog(options, writer)[level]("something {happened}", properties);
  writer.flushNow();
  return text;
}

describe("openLog", () => {
  it("json: one object a line, whatever the values hold", () => {
    const line = logged({ level: "info", format: "json", colours: false }, "info", { client: 'a\n{"level":"error"}' });
    assert.equal(line.split("\n").length, 2);
    const record = JSON.parse(line) as Record<string, unknown>;
    assert.match(String(record["time"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.equal(record["level"], "info");
    assert.equal(record["client"], 'a\n{"level":"error"}');
  });

  it("pretty: a value starts no line and moves no cursor", () => {
    const line = logged({ level: "info", format: "pretty", colours: false }, "warning", {
      client: "a\nb\u001b[2J",
      endpoint: undefined,
    });
    assert.match(line, /^\d\d:\d\d:\d\d\.\d{3} WARNING something .* client=a\\x0ab\\x1b\[2J\n$/);
    assert.doesNotMatch(line, /endpoint/);
  });

  it("leaves out what is below its level", () => {
    assert.equal(logged({ level: "warning", format: "json", colours: false }, "info", {}), "");
    assert.notEqual(logged({ level: "debug", format: "json", colours: false }, "debug", {}), "");
  });
});
