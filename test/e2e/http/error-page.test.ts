/** An error page in a file, from the config to the client. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runToEnd, sourceBuild } from "../../support/geryon.ts";
import { freePort, TemporaryFolder } from "../../support/programs.ts";
import { startGateway, urlOf } from "./gateway.ts";

describe("an error page in a file", { timeout: 60_000 }, () => {
  it("is what the client gets, as it was when the config was read", async () => {
    using folder = new TemporaryFolder();
    mkdirSync(folder.file("pages"));
    writeFileSync(folder.file("pages/502.html"), "<h1>Zurück in einer Minute</h1>");
    await using gateway = await startGateway(folder, [await freePort()], {
      http: "errorPages: { 502: { file: pages/502.html } }",
      upstream: "health: off",
    });
    writeFileSync(folder.file("pages/502.html"), "changed");
    const answer = await fetch(urlOf(gateway));
    assert.equal(answer.status, 502);
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(await answer.text(), "<h1>Zurück in einer Minute</h1>");
  });

  it("that is not there: geryon check tells where it is named", async () => {
    using folder = new TemporaryFolder();
    const file = folder.file("g.yaml");
    writeFileSync(
      file,
      `listeners:
  web: { address: "127.0.0.1:0", protocol: http, http: { errorPages: { 502: { file: 502.html } } } }
routes: [{ name: all, respond: {} }]
`,
    );
    const { code, stderr } = await runToEnd([...sourceBuild.command, "check", file]);
    assert.equal(code, 2);
    assert.equal(stderr, `${file}:2:85: File "502.html" cannot be read: there is no ${folder.file("502.html")}\n`);
  });
});
