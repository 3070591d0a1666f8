import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { describe, it } from "node:test";
import { descriptorWriter } from "../../src/adapters/compat/file-writer.ts";
import { TemporaryFolder } from "../support/programs.ts";
import { until } from "../support/sockets.ts";

describe("descriptorWriter", () => {
  it("a full pipe: it gives back the rest, timers go on, and the reader gets each byte once", async () => {
    using folder = new TemporaryFolder();
    const fifo = folder.file("fifo");
    assert.equal(spawnSync("mkfifo", [fifo]).status, 0);
    // Reads when it is told to, by the end of its standard input.
    const reader = spawn("sh", ["-c", `exec 3<"${fifo}"; cat >/dev/null; exec cat <&3`], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    let read = "";
    // A chunk may end within a character.
    reader.stdout.setEncoding("utf8").on("data", (text: string) => (read += text));
    const pipe = openSync(fifo, constants.O_WRONLY);
    const writer = descriptorWriter(pipe);
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index} gr\u00fcn\n`);
    let rest: Uint8Array = new TextEncoder().encode(lines.join(""));
    const total = rest.byteLength;
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const write = (): Promise<void> =>
      new Promise((resolve) => writer.write(rest, (left) => resolve(void (rest = left))));
    await write();
    assert.ok(rest.byteLength > 0 && rest.byteLength < total, "it is full");
    await until(() => ticks > 5, "timers go on");
    reader.stdin.end();
    while (rest.byteLength > 0) {
      await write();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    clearInterval(timer);
    await until(() => read.endsWith(lines.at(-1) ?? ""), "all is read");
    assert.equal(read, lines.join(""));
    reader.kill("SIGKILL");
    closeSync(pipe);
  });
});
