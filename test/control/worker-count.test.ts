import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bunCapabilities } from "../../src/adapters/bun/capabilities.ts";
import { denoCapabilities } from "../../src/adapters/deno/capabilities.ts";
import { nodeCapabilities } from "../../src/adapters/node/capabilities.ts";
import { workersFor } from "../../src/control/workers/count.ts";

const able = [nodeCapabilities(""), bunCapabilities, denoCapabilities("sockets")];
const unable = denoCapabilities("none");

describe("workersFor", () => {
  it("takes one per core, from 1 to 256", () => {
    for (const capabilities of able) {
      const counts = [0, 1, 2, 64, 256, 1000].map((cores) => workersFor("auto", cores, capabilities));
      assert.deepEqual(counts, [1, 1, 2, 64, 256, 256]);
    }
  });

  it("takes one where several cannot listen on one port, however many cores there are", () => {
    assert.equal(workersFor("auto", 64, unable), 1);
  });

  it("takes a number as it is", () => {
    for (const capabilities of [...able, unable]) assert.equal(workersFor(3, 64, capabilities), 3);
    assert.equal(workersFor(1, 64, nodeCapabilities("")), 1);
    assert.equal(workersFor(8, 2, nodeCapabilities("")), 8, "more than cores is the user's own matter");
  });
});
