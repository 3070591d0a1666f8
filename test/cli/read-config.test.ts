import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { CommandContext } from "../../src/cli/command.ts";
import { readConfig } from "../../src/cli/read-config.ts";
import { TemporaryFolder } from "../support/programs.ts";

/** The body of the error page that a config in a folder names, or what is wrong with it. */
function pageOf(folder: TemporaryFolder, page: string): string {
  const file = folder.file("g.yaml");
  writeFileSync(
    file,
    `listeners: { web: { address: ":80", protocol: http, http: { errorPages: { 503: { file: ${page} } } } } }
routes: [{ name: all, respond: {} }]
`,
  );
  const result = readConfig(file, { env: {} } as CommandContext).judge();
  if (!result.ok) return result.errors.map(({ what }) => what.replaceAll(folder.path, "HERE")).join("\n");
  const [listener] = result.config.listeners;
  assert.ok(listener?.protocol === "http");
  return listener.http.errorPages[0]?.body ?? "";
}

describe("the files that a config names", () => {
  it("lie beside it, or where an absolute path leads", () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file("pages"));
    writeFileSync(folder.file("pages/503.html"), "sorry");
    assert.equal(pageOf(folder, "pages/503.html"), "sorry");
    assert.equal(pageOf(folder, "./pages/../pages/503.html"), "sorry");
    assert.equal(pageOf(folder, folder.file("pages/503.html")), "sorry");
  });

  it("hold 64 KiB at most", () => {
    using folder = new TemporaryFolder();
    writeFileSync(folder.file("a.txt"), "x".repeat(65_536));
    assert.equal(pageOf(folder, "a.txt").length, 65_536);
    writeFileSync(folder.file("a.txt"), "x".repeat(65_537));
    assert.equal(
      pageOf(folder, "a.txt"),
      'File "a.txt" cannot be read: HERE/a.txt has 65537 bytes, at most 65536 are allowed',
    );
  });

  it("are there, and are files", () => {
    using folder = new TemporaryFolder();
    assert.equal(pageOf(folder, "no.txt"), 'File "no.txt" cannot be read: there is no HERE/no.txt');
    mkdirSync(folder.file("a.txt"));
    assert.equal(pageOf(folder, "a.txt"), 'File "a.txt" cannot be read: HERE/a.txt is no plain file');
  });
});
