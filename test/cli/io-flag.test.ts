import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { denoCapabilities } from "../../src/adapters/deno/capabilities.ts";
import type { TryReactor } from "../../src/adapters/reactor/choose-io.ts";
import { checkCommand } from "../../src/cli/check.ts";
import { type CommandContext, UsageError } from "../../src/cli/command.ts";
import { chooseSockets } from "../../src/cli/io-flag.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import { proxyCommand } from "../../src/cli/proxy.ts";
import type { IoSetting } from "../../src/core/runtime/io.ts";
import { fakeReactor, noReactor } from "../support/fake-reactor.ts";
import { TemporaryFolder } from "../support/programs.ts";

const denoLike = denoCapabilities("sockets");
const capable = fakeReactor({ sourceAddress: { supported: true, reason: "" } });
const untried: TryReactor = () => assert.fail("It is not to be tried");

/** Runs a command on a runtime that knows no source address. */
async function run(
  command: typeof checkCommand,
  argv: readonly string[],
  tryReactor: TryReactor,
): Promise<{ code: number; out: string; errors: string }> {
  let out = "";
  let errors = "";
  const code = await command.run(parseArguments(command, argv), {
    runtime: { name: "deno", version: "2", io: "runtime", capabilities: denoLike },
    tryReactor,
    terminal: {
      out: (text: string) => void (out += text),
      error: (text: string) => void (errors += text),
      style: (_: string, text: string) => text,
    },
    env: {},
  } as unknown as CommandContext);
  return { code, out, errors };
}

describe("--io", () => {
  const choose = (line: string, tryReactor: TryReactor, said?: IoSetting): ReturnType<typeof chooseSockets> => {
    const args = parseArguments(checkCommand, [...line.split(" ").filter(Boolean), "FILE"]);
    const context = { runtime: { io: "runtime", capabilities: denoLike }, tryReactor } as unknown as CommandContext;
    return chooseSockets(args, context, said);
  };

  it("chooses, and overrules the config", async () => {
    for (const [line, tryReactor, said, io, fault] of [
      ["", capable, undefined, "reactor", ""],
      ["", capable, "reactor", "reactor", ""],
      ["--io reactor", capable, "runtime", "reactor", ""],
      ["--io auto", capable, "runtime", "reactor", ""],
      ["", untried, "runtime", "runtime", ""],
      ["--io runtime", untried, "reactor", "runtime", ""],
      ["", noReactor, undefined, "runtime", "libc is on holiday"],
      ["--io auto", noReactor, "reactor", "runtime", "libc is on holiday"],
    ] as const) {
      const choice = await choose(line, tryReactor, said);
      assert.deepEqual([choice.runtime.io, choice.fault], [io, fault], `${line}, config: ${said}`);
    }
  });

  it("says why there is no reactor, and what to do", async () => {
    await assert.rejects(
      choose("--io reactor", noReactor),
      new UsageError(
        "Option '--io' is 'reactor', which cannot be had here: libc is on holiday",
        "Let it call libc (deno --allow-ffi; on Node, install koffi), or choose auto",
      ),
    );
  });

  it("names the nearest word", async () => {
    for (const [typed, hint] of [
      ["reacter", "Choose one of auto, reactor, runtime; did you mean 'reactor'?"],
      ["uring", "Choose one of auto, reactor, runtime"],
    ] as const) {
      await assert.rejects(choose(`--io ${typed}`, untried), new UsageError(`Option '--io' is '${typed}'`, hint));
    }
  });
});

describe("a config that says io", () => {
  const text = (io: string, more = ""): string =>
    `listeners: { web: { address: ":1", upstream: app } }\nupstreams: { app: { endpoints: ["10.0.0.1:1"]${more} } }\n${io}\n`;

  /** Checks a config that is named `c.yaml` in the answers. */
  async function check(
    config: string,
    tryReactor: TryReactor,
    argv: readonly string[] = [],
    command = checkCommand,
  ): Promise<{ code: number; answer: string }> {
    using folder = new TemporaryFolder();
    const file = folder.file("c.yaml");
    writeFileSync(file, config);
    const named = command === checkCommand ? [file] : ["--config", file];
    const { code, out, errors } = await run(command, [...argv, ...named], tryReactor);
    return { code, answer: `${out}${errors}`.replaceAll(file, "c.yaml") };
  }

  const needy = ", sourceAddress: 10.0.0.9";
  const ok = "c.yaml: ok (1 listener, 1 upstream, 1 endpoint)\n";
  const lacking =
    'c.yaml:2:63: "sourceAddress" needs the capability "sourceAddress", which this runtime lacks: Deno.connect has no such option; remove the key, or run on another runtime\n';

  it("is judged by what the sockets that it chooses can do", async () => {
    for (const [io, tryReactor, argv, answer] of [
      ["", capable, [], ok],
      ["io: auto", capable, [], ok],
      ["io: reactor", capable, [], ok],
      ["io: runtime", untried, [], lacking],
      ["io: auto", noReactor, [], lacking],
      ["io: runtime", capable, ["--io", "auto"], ok],
      ["io: reactor", untried, ["--io", "runtime"], lacking],
      ["io: reactor", noReactor, ["--io", "auto"], lacking],
    ] as const) {
      const checked = await check(text(io, needy), tryReactor, argv);
      assert.deepEqual(checked, { code: answer === ok ? 0 : 2, answer }, `${io} ${argv.join(" ")}`);
    }
  });

  it("is refused when it wants the reactor and there is none, with the place and what to do", async () => {
    const answer =
      'c.yaml:3:5: "io" is reactor, which cannot be had here: libc is on holiday; let it call libc (deno --allow-ffi; on Node, install koffi), or choose auto\n';
    assert.deepEqual(await check(text("io: reactor", needy), noReactor), { code: 2, answer });
    const started = await check(text("io: reactor"), noReactor, [], proxyCommand);
    assert.deepEqual(started, { code: 2, answer: `${answer}1 mistake; nothing was started\n` });
    assert.deepEqual(await check(text("io: reactor"), noReactor, ["--io", "auto"]), { code: 0, answer: ok });
  });

  it("is refused for a word that it does not know, with the nearest, whatever else is wrong", async () => {
    const { code, answer } = await check(text("io: Reacter", needy), noReactor);
    assert.equal(code, 2);
    assert.equal(
      answer,
      `${lacking}c.yaml:3:5: "io" is the text "Reacter"; expected auto, reactor or runtime; did you mean "reactor"?\n`,
    );
  });
});
