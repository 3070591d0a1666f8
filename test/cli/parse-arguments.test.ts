import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Arguments, Command } from "../../src/cli/command.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";

const command: Command = {
  name: "test",
  summary: "A test",
  usage: "[OPTIONS] FILE",
  positionals: { min: 0, max: 2 },
  flags: [
    { name: "listen", short: "l", aliases: ["laddr"], value: "ADDR", description: "Where" },
    { name: "port", short: "p", value: "PORT", description: "Which" },
    { name: "timeout", value: "DURATION", description: "How long" },
    { name: "json", description: "How" },
  ],
  examples: [],
  run: () => Promise.resolve(0),
};

const parse = (line: string): Arguments => parseArguments(command, line === "" ? [] : line.split(" "));

/** The message and the hint of a line that makes no sense. */
function mistake(line: string): string {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof Error && "hint" in error) return `${error.message}; ${String(error.hint)}`;
    throw error;
  }
  return "none";
}

describe("parseArguments", () => {
  it("keeps all values of a flag that is given several times", () => {
    const args = parse("-l a --laddr=b a -l c");
    assert.deepEqual(args.values("listen"), ["a", "b", "c"]);
    assert.equal(args.value("listen"), "c");
    assert.deepEqual(args.values("port"), []);
  });

  it("takes long, short and joined forms", () => {
    for (const line of ["--listen a", "--listen=a", "-l a", "-la", "--laddr a", "-laddr a", "-laddr=a", "-listen a"]) {
      assert.equal(parse(line).value("listen"), "a", line);
    }
  });

  it("takes Go's single dash for long names only", () => {
    const args = parse("-timeout 3s -p 80 one two");
    assert.equal(args.value("timeout"), "3s");
    assert.equal(args.value("port"), "80");
    assert.deepEqual(args.positionals, ["one", "two"]);
  });

  it("tells what was given, the last one counting", () => {
    const args = parse("--json -l a -l b");
    assert.equal(args.has("json"), true);
    assert.equal(args.has("port"), false);
    assert.equal(args.value("listen"), "b");
  });

  it("takes what follows -- as it is", () => {
    assert.deepEqual(parse("-- --json -l").positionals, ["--json", "-l"]);
  });

  it("names the mistake, and what was probably meant", () => {
    assert.equal(mistake("--lisen a"), "Unknown option '--lisen' of 'geryon test'; Did you mean '--listen'?");
    assert.equal(mistake("--xyzzy"), "Unknown option '--xyzzy' of 'geryon test'; See 'geryon test --help'");
    assert.equal(mistake("-x"), "Unknown option '-x' of 'geryon test'; See 'geryon test --help'");
    assert.equal(mistake("--listen"), "Option '--listen' needs a value: ADDR; undefined");
    assert.equal(mistake("--listen --json"), "Option '--listen' needs a value: ADDR; undefined");
    assert.equal(mistake("--json=yes"), "Option '--json' takes no value: got 'yes'; undefined");
    assert.equal(mistake("a b c"), "Unexpected argument 'c'; Usage: geryon test [OPTIONS] FILE");
  });
});
