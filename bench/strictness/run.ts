/**
 * The framing corpus against Geryon on three runtimes, HAProxy and nginx, one after another. Prints a report in Markdown;
 * with an argument, writes it there too.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Changes } from "../../test/http-corpus/changes.ts";
import { judge } from "../../test/http-corpus/judge.ts";
import { ScriptedOrigin } from "../../test/http-corpus/origin.ts";
import { play } from "../../test/http-corpus/runner.ts";
import { themes } from "../../test/http-corpus/themes.ts";
import { repositoryFile } from "../../test/support/geryon.ts";
import { TemporaryFolder } from "../../test/support/programs.ts";
import { type Peer, peers } from "./peers.ts";
import { type Contender, report } from "./report.ts";
import type { CaseVerdict } from "./verdict.ts";

/** Peers are given this long for what they may never do, such as to answer a request that they wait for the rest of. */
const patienceMs = 1000;
/** How our proxy is set in cases that say something about a proxy as its users have it; the others are about our settings. */
const comparable: readonly string[] = ["bare", "websocket", "forwarding"];

const runtimes: readonly (readonly [name: string, ...command: string[]])[] = [
  ["node", "node_modules/.bin/node"],
  ["bun", "node_modules/.bin/bun"],
  ["deno", "node_modules/.bin/deno", "run", "-A", "--no-check"],
];

const contenders: Contender[] = [];
for (const [name, program = "", ...args] of runtimes) contenders.push(playGeryon(name, repositoryFile(program), args));
for (const peer of peers()) contenders.push(await playPeer(peer));

const text = report(themes, contenders);
process.stdout.write(text);
const [file] = process.argv.slice(2);
if (file !== undefined) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function playGeryon(name: string, program: string, args: readonly string[]): Contender {
  const version = /\d+\.\d+\.\d+/.exec(spawnSync(program, ["--version"]).stdout.toString())?.[0] ?? "";
  const { status, stdout, stderr } = spawnSync(program, [...args, repositoryFile("bench/strictness/geryon.ts")], {
    maxBuffer: 256 * 1024 * 1024,
    timeout: 600_000,
  });
  if (status !== 0) throw new Error(`Geryon on ${name} ended with ${status}:\n${stderr.toString().slice(-2000)}`);
  const verdicts = stdout
    .toString()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as CaseVerdict);
  return { name: `Geryon, ${name}`, version, own: true, verdicts };
}

async function playPeer(peer: Peer): Promise<Contender> {
  using folder = new TemporaryFolder();
  const changes = new Changes();
  await using origin = await ScriptedOrigin.open(changes);
  await using server = await peer.start(origin.port, folder);
  const scene = { target: { host: "127.0.0.1", port: server.port }, origin, changes, patienceMs };
  const verdicts: CaseVerdict[] = [];
  for (const theme of themes) {
    for (const one of theme.cases) {
      if (!comparable.includes(one.profile ?? theme.profile)) continue;
      const saw = await play(scene, one);
      const statuses = saw.replies.map((reply) => reply.status);
      verdicts.push({ theme: theme.name, name: one.name, ...judge(one, saw), statuses, mistakes: [] });
    }
  }
  return { name: peer.name, version: peer.version, own: false, verdicts };
}
