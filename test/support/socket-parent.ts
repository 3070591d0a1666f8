/**
 * A program that opens a listening socket and starts another with it as descriptor 3, as systemd does; for Node.
 *
 *     node socket-parent.ts keep|leave PORT|PATH PROGRAM ARG...
 *
 * With `keep` it waits for the program's end, accepts no one until then, and answers "parent" from there on; with `leave`
 * the socket is the program's alone. Standard output has `pid N` of the program.
 */
import { spawn, spawnSync } from "node:child_process";
import net from "node:net";
import process from "node:process";

const [mode, where = "", ...command] = process.argv.slice(2);
const server = net.createServer((client) => client.end("parent"));
server.listen(/^\d+$/.test(where) ? { port: Number(where), host: "127.0.0.1" } : { path: where }, () => {
  const { _handle: handle } = server as unknown as { readonly _handle: { readonly fd: number } };
  const { fd } = handle;
  const args = ["-c", 'echo "pid $$"; exec "$@"', "sh", ...command];
  // While it waits in there, its own loop stands still and accepts no one.
  if (mode === "keep") spawnSync("sh", args, { stdio: ["ignore", "inherit", "inherit", fd] });
  else spawn("sh", args, { stdio: ["ignore", "inherit", "inherit", fd] }).once("spawn", () => process.exit());
});
