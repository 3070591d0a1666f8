import { spawn } from "node:child_process";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";

const limitMs = 20_000;

/** Runs a file of this folder on the runtime that runs the test, to its end. `code` is null when that did not come in time. */
export async function runScript(
  file: string,
  ...args: readonly string[]
): Promise<{ readonly output: string; readonly code: number | null }> {
  const flags = "Deno" in globalThis ? ["run", "-A", "--no-check"] : [];
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = spawn(execPath, [...flags, path, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (bytes: Uint8Array) => (output += new TextDecoder().decode(bytes)));
  const killer = setTimeout(() => child.kill("SIGKILL"), limitMs);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearTimeout(killer);
  return { output, code };
}
