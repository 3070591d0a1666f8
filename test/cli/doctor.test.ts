import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { describe, it } from "node:test";
import { nodeCapabilities } from "../../src/adapters/node/capabilities.ts";
import type { CommandContext } from "../../src/cli/command.ts";
import { doctorCommand, workersText } from "../../src/cli/doctor.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import { fakeReactor, noReactor } from "../support/fake-reactor.ts";

const alone = { ...nodeCapabilities(""), reusePort: { supported: false, reason: "the moon is full" } };

async function doctor(line: string, capabilities = nodeCapabilities(""), tryReactor = noReactor): Promise<string> {
  let text = "";
  await doctorCommand.run(parseArguments(doctorCommand, line.split(" ").filter(Boolean)), {
    runtime: { name: "node", version: "24", io: "runtime", capabilities },
    tryReactor,
    terminal: { out: (part: string) => (text += part), style: (_style: string, part: string) => part },
  } as unknown as CommandContext);
  return text;
}

describe("geryon doctor", () => {
  it("says how many workers auto comes to here", async () => {
    const cores = availableParallelism();
    assert.match(await doctor(""), new RegExp(`^workers {5}${cores} with auto, one per core$`, "m"));
    assert.equal((JSON.parse(await doctor("--json")) as { workers: number }).workers, cores);
  });

  it("says why they are not more", async () => {
    assert.match(
      await doctor("", alone),
      /^workers {5}1 with auto, because several need the capability reusePort: the moon is full$/m,
    );
    assert.equal((JSON.parse(await doctor("--json", alone)) as { workers: number }).workers, 1);
    assert.equal(workersText(1, nodeCapabilities("")), "1 with auto, one per core");
    assert.equal(workersText(300, nodeCapabilities("")), "256 with auto, the most there can be");
  });

  it("says which sockets auto comes to, and why", async () => {
    assert.match(
      await doctor(""),
      /^io {10}runtime with auto, because the reactor cannot be had: libc is on holiday$/m,
    );
    const { io, reactorFault } = JSON.parse(await doctor("--json")) as { io: string; reactorFault: string };
    assert.deepEqual([io, reactorFault], ["runtime", "libc is on holiday"]);
  });

  it("tells the capabilities of the sockets that auto comes to", async () => {
    const reactor = fakeReactor({ reusePort: { supported: true, reason: "" } });
    const text = await doctor("", alone, reactor);
    assert.match(text, /^io {10}reactor with auto$/m);
    assert.match(text, /^ {2}yes {2}reusePort /m);
    const report = JSON.parse(await doctor("--json", alone, reactor)) as { io: string; reactorFault: string };
    assert.deepEqual([report.io, report.reactorFault], ["reactor", ""]);
  });
});
