/** The docs tell the truth: their commands are understood, their configs are right, their links lead somewhere. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { allCommands } from "../src/cli/cli.ts";
import { parseArguments } from "../src/cli/parse-arguments.ts";
import { formatConfigError } from "../src/config/config-error.ts";
import { parseConfig } from "../src/config/parse-config.ts";
import { repositoryFile, runToEnd, sourceBuild } from "./support/geryon.ts";
import { freePort, TemporaryFolder } from "./support/programs.ts";

const pages = [
  ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"],
  ...["docs/config.md", "docs/operating.md", "docs/outcomes.md", "docs/resilience.md", "docs/runtimes.md"],
  ...["docs/routing.md", "docs/shared-memory.md"],
];

/** A fenced block of a page: what stands behind the fence, and the text. */
function blocks(page: string): { info: string; text: string }[] {
  const text = readFileSync(repositoryFile(page), "utf8");
  return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```/gm)].map(([, info = "", body = ""]) => ({ info, text: body }));
}

/** The command lines of geryon in a text, without what starts it. */
function commandLines(text: string): string[] {
  return [...text.matchAll(/^(?:npx )?geryon (.*?)(?: &| > .*)?$/gm)].map(([, line = ""]) => line);
}

function assertUnderstood(line: string): void {
  const [name, ...rest] = line.split(/\s+/);
  const command = allCommands.find((one) => one.name === name);
  assert.ok(command, `'geryon ${line}' names a command`);
  parseArguments(command, rest);
}

for (const page of pages) {
  describe(page, () => {
    it("shows commands that are understood", () => {
      for (const { info, text } of blocks(page))
        if (info.startsWith("sh")) commandLines(text).forEach(assertUnderstood);
    });

    it("shows configs that are right", () => {
      for (const { info, text } of blocks(page)) {
        if (info !== "yaml" || !text.includes("listeners:")) continue;
        const result = parseConfig(text, { file: page, format: "yaml", env: {} });
        assert.ok(result.ok, result.ok ? "" : result.errors.map(formatConfigError).join("\n"));
      }
    });

    it("links to what exists", () => {
      const text = readFileSync(repositoryFile(page), "utf8");
      for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
        if (/^https?:/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const file = path === "" ? page : join(dirname(page), path);
        assert.ok(existsSync(repositoryFile(file)), `${target} exists`);
        if (anchor === undefined) continue;
        const headings = [...readFileSync(repositoryFile(file), "utf8").matchAll(/^#+ (.*)$/gm)];
        const anchors = headings.map(([, heading = ""]) =>
          heading
            .toLowerCase()
            .replace(/[^\w -]/g, "")
            .replaceAll(" ", "-"),
        );
        assert.ok(anchors.includes(anchor), `${target} names a heading`);
      }
    });

    it("names files that exist", () => {
      const text = readFileSync(repositoryFile(page), "utf8");
      for (const [, path = ""] of text.matchAll(/`((?:src|test|bench|scripts|examples|docs)\/[\w./-]+)`/g)) {
        assert.ok(existsSync(repositoryFile(path)), `${path} exists`);
      }
    });
  });
}

describe("the help texts", () => {
  for (const command of allCommands) {
    it(`${command.name} shows examples that are understood`, () => {
      assert.ok(command.examples.length > 0);
      for (const example of command.examples) commandLines(example.command).forEach(assertUnderstood);
    });
  }
});

describe("README.md", () => {
  for (const { info, text } of blocks("README.md")) {
    if (info !== "sh run") continue;
    it("its session by hand runs as it stands", { timeout: 60_000 }, async () => {
      // `geryon` is a program on the path, as it would be; what was started in the background ends with the shell.
      using folder = new TemporaryFolder();
      const program = sourceBuild.command.map((part) => `'${part}'`).join(" ");
      writeFileSync(folder.file("geryon"), `#!/bin/sh\nexec ${program} "$@"\n`, { mode: 0o755 });
      let session = text;
      for (const port of new Set(text.match(/(?<=127\.0\.0\.1:)\d+/g))) {
        session = session.replaceAll(`127.0.0.1:${port}`, `127.0.0.1:${await freePort()}`);
      }
      const script = `PATH="${folder.path}:$PATH"\ntrap 'kill $(jobs -p); wait' EXIT\n${session}`;
      const { code, stdout, stderr } = await runToEnd(["bash", "-c", script]);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /round trips/);
    });
  }
});
