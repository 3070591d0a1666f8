import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { listenFailure } from "../../src/cli/listen-failure.ts";
import { ListenError } from "../../src/core/runtime/runtime.ts";
import { runToEnd, sourceBuild } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";

describe("listenFailure", () => {
  it("speaks of the folder and not of ports when a unix socket may not be made", () => {
    const error = new ListenError({ kind: "unix", path: "/root/app.sock" }, "EACCES", "permission denied");
    assert.equal(
      listenFailure(error),
      "Cannot listen on unix:/root/app.sock: its folder does not exist, or this process may not write to it",
    );
  });

  it("tells what descriptors went to when there are none left", () => {
    const error = new ListenError({ kind: "tcp", host: "127.0.0.1", port: 80 }, "EMFILE", "too many open files");
    assert.match(listenFailure(error), /^Cannot listen on 127\.0\.0\.1:80: out of descriptors; .*ulimit -n/);
  });

  it("names a folder that is missing as what is wrong", { timeout: 30_000 }, async () => {
    using folder = new TemporaryFolder();
    const address = `unix:${folder.path}/missing/app.sock`;
    const { code, stderr } = await runToEnd([...sourceBuild.command, "proxy", "--listen", address, "127.0.0.1:1"]);
    assert.equal(code, 3);
    assert.ok(stderr.includes(`Cannot listen on ${address}: its folder does not exist`), stderr);
  });
});
