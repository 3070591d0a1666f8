import { type Machine, readMachine } from "../adapters/compat/machine.ts";
import { workersFor } from "../control/workers/count.ts";
import { maxConnectionsFor } from "../core/limits/connection-count.ts";
import { type Capabilities, type CapabilityName, capabilityNames } from "../core/runtime/capabilities.ts";
import type { Runtime } from "../core/runtime/runtime.ts";
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
  examples: [{ command: "geryon doctor", does: "Prints runtime, limits and capabilities" }],
  async run(args, { runtime, terminal }) {
    const machine = readMachine();
    terminal.out(
      args.has("json") ? `${JSON.stringify(asJson(runtime, machine), null, 2)}\n` : asText(runtime, machine, terminal),
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

function asJson(runtime: Runtime, machine: Machine): unknown {
  return {
    version,
    runtime: runtime.name,
    runtimeVersion: runtime.version,
    ...machine,
    workers: workersFor("auto", machine.cores, runtime.capabilities),
    connectionLimit: connectionLimit(machine),
    capabilities: runtime.capabilities,
  };
}

function asText(runtime: Runtime, machine: Machine, terminal: Terminal): string {
  const { openFiles } = machine;
  const lines = [
    row("geryon", version),
    row("runtime", `${runtime.name} ${runtime.version}`),
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
