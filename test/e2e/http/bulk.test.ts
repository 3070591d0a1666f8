/** Much in each direction, in the memory that a kilobyte needs. With `GERYON_TEST_BYTES=1073741824` it is a gigabyte. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runToEnd } from "../../support/geryon.ts";
import { checksum, needsPrograms, startNginx, TemporaryFolder, writeRandomFile } from "../../support/programs.ts";
import { mostMiB, pidOf, startGateway, urlOf } from "./gateway.ts";

const bytes = Number(process.env["GERYON_TEST_BYTES"] ?? 2 ** 28);
/** Much less than the body; what a garbage collector that is in no hurry leaves. */
const moreMiB = 150;

describe("large bodies through the gateway", { timeout: 290_000 }, () => {
  it("down and up, byte for byte, in flat memory", needsPrograms("curl", "nginx", "sha256sum"), async () => {
    using folder = new TemporaryFolder();
    await using nginx = await startNginx(folder);
    writeRandomFile(folder.file("files/down"), bytes);
    const expected = await checksum(folder.file("files/down"));
    await using gateway = await startGateway(folder, [nginx.port]);
    const url = urlOf(gateway);
    const pid = pidOf(gateway);
    const warm = await runToEnd(["curl", "-sSf", "-r", "0-9999999", "-o", "/dev/null", `${url}/down`]);
    assert.equal(warm.code, 0, warm.stderr);
    const before = await mostMiB(pid, async () => {});

    const down = await mostMiB(pid, async () => {
      const { code, stdout, stderr } = await runToEnd(["sh", "-c", `curl -sSf ${url}/down | sha256sum`]);
      assert.equal(code, 0, stderr);
      assert.equal(stdout.slice(0, 64), expected);
    });
    assert.ok(down < before + moreMiB, `down: ${before} MiB became ${down} MiB`);

    const up = await mostMiB(pid, async () => {
      const { code, stderr } = await runToEnd(["curl", "-sSf", "-T", folder.file("files/down"), `${url}/up`]);
      assert.equal(code, 0, stderr);
    });
    assert.equal(await checksum(folder.file("files/up")), expected);
    assert.ok(up < before + moreMiB, `up: ${before} MiB became ${up} MiB`);

    const chunked = await mostMiB(pid, async () => {
      const source = `curl -sSf ${url}/up | curl -sSf -T - ${url}/again`;
      const { code, stderr } = await runToEnd(["sh", "-c", source]);
      assert.equal(code, 0, stderr);
    });
    assert.equal(await checksum(folder.file("files/again")), expected);
    assert.ok(chunked < before + moreMiB, `in chunks: ${before} MiB became ${chunked} MiB`);
  });
});
