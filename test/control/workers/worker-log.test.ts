import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineWriter } from "../../../src/control/log/line-writer.ts";
import type { FromWorker } from "../../../src/control/workers/messages.ts";
import { WorkerLogOutput } from "../../../src/control/workers/worker-log.ts";
import { FakeClock } from "../../support/fake-clock.ts";

describe("WorkerLogOutput", () => {
  it("sends one batch at a time: the next goes when the main thread has taken the last", () => {
    const { clock, writer, output, batches } = make();
    writer.write("one\n");
    writer.write("two\n");
    clock.advance(100);
    writer.write("three\n");
    clock.advance(10_000);
    assert.deepEqual(batches(), [["one\ntwo\n", 0]]);
    output.taken();
    clock.advance(100);
    assert.deepEqual(batches()[1], ["three\n", 0]);
    output.taken();
    output.taken();
    clock.advance(10_000);
    assert.equal(batches().length, 2);
    assert.equal(clock.pending, 0);
  });

  it("a main thread that does not keep up costs lines, not memory; each lost one is told once", () => {
    const { clock, writer, output, batches } = make();
    const line = `${"x".repeat(1024 * 1024 - 1)}\n`;
    writer.write(line);
    for (let i = 0; i < 7; i++) writer.write(line);
    assert.equal(writer.dropped, 4, "one is under way, three wait");
    output.taken();
    clock.advance(100);
    output.taken();
    writer.write("more\n");
    clock.advance(100);
    assert.deepEqual(
      batches().map(([text, dropped]) => [text.length, dropped]),
      [
        [line.length, 0],
        [3 * line.length, 4],
        [5, 0],
      ],
    );
  });
});

function make(): {
  clock: FakeClock;
  writer: LineWriter;
  output: WorkerLogOutput;
  batches: () => [text: string, dropped: number][];
} {
  const clock = new FakeClock();
  const posted: FromWorker[] = [];
  const main = { post: (message: FromWorker) => void posted.push(message), listen() {} };
  const output = new WorkerLogOutput(main, () => writer.dropped);
  const writer: LineWriter = new LineWriter(output, clock);
  return {
    clock,
    writer,
    output,
    batches: () =>
      posted.flatMap((one) => (one.type === "log" ? [[new TextDecoder().decode(one.bytes), one.dropped]] : [])),
  };
}
