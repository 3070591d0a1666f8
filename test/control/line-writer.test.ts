import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineWriter } from "../../src/control/log/line-writer.ts";
import { FakeClock } from "../support/fake-clock.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** An output whose writes finish when the test says so. */
function setUp(): {
  clock: FakeClock;
  writer: LineWriter;
  writes: { text: string; done: (rest: string | Uint8Array) => void }[];
  now: string[];
} {
  const clock = new FakeClock();
  const writes: { text: string; done: (rest: string | Uint8Array) => void }[] = [];
  const now: string[] = [];
  const writer = new LineWriter(
    {
      write: (bytes, done) =>
        void writes.push({ text: decode(bytes), done: (rest) => done(typeof rest === "string" ? encode(rest) : rest) }),
      writeNow: (bytes) => void now.push(decode(bytes)),
    },
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

  it("counts each line of a batch that it drops", () => {
    const { writer } = setUp();
    const batch = `${"x".repeat(1023)}\n`.repeat(1024);
    for (let i = 0; i < 6; i++) writer.write(batch);
    // The first is on its way, three wait.
    assert.equal(writer.dropped, 2048);
  });

  it("drops and counts lines when the reader stalls, within bounded memory", () => {
    const { clock, writer, writes } = setUp();
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 64; i++) writer.write(line);
    assert.equal(writes.length, 1, "64 KiB are written without waiting");
    for (let i = 0; i < 10_000; i++) writer.write(line);
    assert.equal(writer.dropped, 10_000 - (4096 - 64), "what is under way waits, too");
    writes[0]?.done("");
    clock.advance(100);
    assert.equal(writes[1]?.text.length, (4096 - 64) * 1024);
  });

  it("drops and counts lines when each write leaves all it was given: what is left counts, too", () => {
    const { clock, writer, writes } = setUp();
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 100; i++) {
      for (let n = 0; n < 100; n++) writer.write(line);
      clock.advance(100);
      const last = writes.at(-1);
      last?.done(last.text);
    }
    assert.equal(writes.at(-1)?.text.length, 4096 * 1024);
    assert.equal(writer.dropped, 10_000 - 4096);
  });

  it("counts each line of several that are dropped together", () => {
    const { writer } = setUp();
    const lines = `${"x".repeat(1023)}\n`.repeat(1024);
    for (let i = 0; i < 5; i++) writer.write(lines);
    assert.equal(writer.dropped, 1024);
  });

  it("keeps pace with a reader that takes a part of each write", () => {
    const { clock, writer, writes } = setUp();
    writer.write("one\ntwo\nthree\n");
    clock.advance(100);
    writes[0]?.done("two\nthree\n");
    clock.advance(10);
    assert.equal(writes[1]?.text, "two\nthree\n");
    writes[1]?.done("two\nthree\n");
    clock.advance(10);
    assert.equal(writes.length, 2, "it took nothing, so that there is no haste");
    clock.advance(90);
    assert.equal(writes.length, 3);
  });

  it("flushNow writes all that waits before it returns, and leaves no timer", () => {
    const { clock, writer, now } = setUp();
    writer.write("last words\n");
    writer.flushNow();
    assert.deepEqual(now, ["last words\n"]);
    assert.equal(clock.pending, 0);
  });

  it("tries the rest of a write again byte for byte, also when it was cut inside a character", () => {
    const { clock, writer, writes } = setUp();
    writer.write("gr\u00fcn\n");
    clock.advance(100);
    writes[0]?.done(encode("gr\u00fcn\n").subarray(3));
    clock.advance(100);
    writes[1]?.done("");
    assert.equal(writes[1]?.text, decode(encode("gr\u00fcn\n").subarray(3)));
  });

  it("end waits for the write under way and for all that came since", async () => {
    const { clock, writer, writes } = setUp();
    writer.write("first\n");
    clock.advance(100);
    writer.write("second\n");
    let ended = false;
    const end = writer.end().then(() => (ended = true));
    writes[0]?.done("st\n");
    clock.advance(100);
    assert.equal(writes[1]?.text, "st\nsecond\n");
    assert.equal(ended, false);
    writes[1]?.done("");
    await end;
    assert.equal(clock.pending, 0);
  });

  it("end gives a reader that stalls two seconds", async () => {
    const { clock, writer } = setUp();
    writer.write("never read\n");
    const end = writer.end();
    clock.advance(2000);
    await end;
  });
});
