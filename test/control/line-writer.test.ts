import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineWriter } from "../../src/control/log/line-writer.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** An output whose writes finish when the test says so. */
function setUp(): {
  clock: FakeClock;
  writer: LineWriter;
  writes: { text: string; done: (rest: string) => void }[];
  now: string[];
} {
  const clock = new FakeClock();
  const writes: { text: string; done: (rest: string) => void }[] = [];
  const now: string[] = [];
  const writer = new LineWriter(
    { write: (text, done) => void writes.push({ text, done }), writeNow: (text) => void now.push(text) },
    clock,
  );
  return { clock, writer, writes, now };
}

describe("LineWriter", () => {
  it("gathers lines for a moment and writes them at once", () => {
    const { clock, writer, writes } = setUp();
    writer.write("one\n");
    writer.write("two\n");
    assert.equal(writes.length, 0);
    clock.advance(100);
    assert.deepEqual(
      writes.map(({ text }) => text),
      ["one\ntwo\n"],
    );
  });

  it("has one write under way at a time, and tries the rest of it again first", () => {
    const { clock, writer, writes } = setUp();
    writer.write("first\n");
    clock.advance(100);
    writer.write("second\n");
    clock.advance(1000);
    assert.equal(writes.length, 1);
    writes[0]?.done("st\n");
    clock.advance(100);
    assert.equal(writes[1]?.text, "st\nsecond\n");
  });

  it("drops and counts lines when the reader stalls, within bounded memory", () => {
    const { clock, writer, writes } = setUp();
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 64; i++) writer.write(line);
    assert.equal(writes.length, 1, "64 KiB are written without waiting");
    for (let i = 0; i < 10_000; i++) writer.write(line);
    assert.equal(writer.dropped, 10_000 - 4096);
    writes[0]?.done("");
    clock.advance(100);
    assert.equal(writes[1]?.text.length, 4096 * 1024);
  });

  it("flushNow writes all that waits before it returns, and leaves no timer", () => {
    const { clock, writer, now } = setUp();
    writer.write("last words\n");
    writer.flushNow();
    assert.deepEqual(now, ["last words\n"]);
    assert.equal(clock.pending, 0);
  });
});
