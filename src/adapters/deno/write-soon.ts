/** Who has something to write. */
export interface DueWriter {
  writeDue(): void;
}

let due: DueWriter[] = [];
let spare: DueWriter[] = [];

/**
 * Calls `writeDue` when all that came in this turn of the loop has been dealt with: Deno tells of it in one batch of
 * promises. To write to a peer that sleeps wakes it, which costs as much as the rest of the write; of writes that follow each
 * other, only the first does.
 */
export function writeSoon(writer: DueWriter): void {
  if (due.push(writer) === 1) queueMicrotask(writeAll);
}

function writeAll(): void {
  const writers = due;
  due = spare;
  spare = writers;
  for (const writer of writers) writer.writeDue();
  writers.length = 0;
}
