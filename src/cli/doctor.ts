import { type Machine, readMachine } from "../adapters/compat/machine.ts";
import { chooseIo, type IoChoice } from "../adapters/reactor/choose-io.ts";
import { workersFor } from "../control/workers/count.ts";
import { maxConnectionsFor } from "../core/limits/connection-count.ts";
import { type Capabilities, type CapabilityName, capabilityNames } from "../core/runtime/capabilities.ts";
import { type Command, exitCodes } from "./command.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

/** `geryon doctor`: what this runtime and this machine can do, and what is switched off and why. */
export const doctorCommand: Command = {
  name: "doctor",
  summary: "Show what this runtime and this machine can do, and what is switched off and why",
  usage: "[--json]",
  positionals: { min: 0, max: 0 },
  flags: [{ name: "json", description: "Print one JSON object" }],
  examples: [{ command: "geryon doctor", does: "Prints runtime, sockets, limits and capabilities" }],
  async run(args, { runtime, tryReactor, terminal }) {
    const machine = readMachine();
    const choice = await chooseIo("auto", runtime, tryReactor);
    terminal.out(
      args.has("json") ? `${JSON.stringify(asJson(choice, machine), null, 2)}\n` : asText(choice, machine, terminal),
    );
    return exitCodes.ok;
  },
};

/** What `limits.maxConnections: auto` comes to. */
function connectionLimit({ openFiles }: Machine): number | undefined {
  return openFiles === undefined ? undefined : maxConnectionsFor("auto", openFiles.soft, { workers: 1, listeners: 1 });
}

/** What `workers: auto` comes to, and why. */
export function workersText(cores: number, capabilities: Capabilities): string {
  const workers = workersFor("auto", cores, capabilities);
  const { supported, reason } = capabilities.reusePort;
  if (!supported) return `${workers} with auto, because several need the capability reusePort: ${reason}`;
  return `${workers} with auto, ${workers < cores ? "the most there can be" : "one per core"}`;
}

/** What `io: auto` comes to, and why. */
function ioText({ runtime, fault }: IoChoice): string {
  return fault === ""
    ? `${runtime.io} with auto`
    : `${runtime.io} with auto, because the reactor cannot be had: ${fault}`;
}

function asJson({ runtime, fault }: IoChoice, machine: Machine): unknown {
  return {
    version,
    runtime: runtime.name,
    runtimeVersion: runtime.version,
    io: runtime.io,
    reactorFault: fault,
    ...machine,
    workers: workersFor("auto", machine.cores, runtime.capabilities),
    connectionLimit: connectionLimit(machine),
    capabilities: runtime.capabilities,
  };
}

function asText(choice: IoChoice, machine: Machine, terminal: Terminal): string {
  const { openFiles } = machine;
  const { runtime } = choice;
  const lines = [
    row("geryon", version),
    row("runtime", `${runtime.name} ${runtime.version}`),
    row("io", ioText(choice)),
    row("system", machine.system),
    row("cores", `${machine.cores}`),
    row("workers", workersText(machine.cores, runtime.capabilities)),
    row("memory", `${(machine.memoryBytes / 2 ** 30).toFixed(1)} GiB`),
    row("open files", openFiles === undefined ? "unknown" : `${openFiles.soft} (hard limit ${openFiles.hard})`),
    row("", `enough for ${connectionLimit(machine) ?? "an unknown number of"} connections, two descriptors each`),
    "",
    terminal.style("bold", "capabilities"),
  ];
  for (const name of Object.keys(capabilityNames) as CapabilityName[]) {
    const { supported, reason } = runtime.capabilities[name];
    const mark = supported ? terminal.style("green", "yes") : terminal.style("yellow", "no ");
    lines.push(`  ${mark}  ${name.padEnd(16)}${capabilityNames[name]}`);
    if (reason !== "") lines.push(`       ${"".padEnd(16)}${terminal.style("dim", reason)}`);
  }
  return `${lines.join("\n")}\n`;
}

function row(name: string, value: string): string {
  return `${name.padEnd(12)}${value}`;
}
