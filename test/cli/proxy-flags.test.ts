import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import { configFromFlags } from "../../src/cli/proxy-flags.ts";
import { proxyCommand } from "../../src/cli/proxy.ts";
import { UsageError } from "../../src/cli/command.ts";
import { reactorCapabilities } from "../../src/adapters/reactor/capabilities.ts";
import { nodeCapabilities } from "../../src/adapters/node/capabilities.ts";
import { formatConfigError } from "../../src/config/config-error.ts";
import type { ConfigResult } from "../../src/config/validate-config.ts";
import type { Capabilities } from "../../src/core/runtime/capabilities.ts";

function read(line: string, capabilities: Capabilities = nodeCapabilities("")): ConfigResult {
  const args = parseArguments(proxyCommand, ["--listen", ":80", "10.0.0.1:80", ...line.split(" ").filter(Boolean)]);
  return configFromFlags(args, { capabilities, reactorFault: "" });
}

function errors(line: string, capabilities?: Capabilities): readonly string[] {
  const result = read(line, capabilities);
  return result.ok ? [] : result.errors.map(formatConfigError);
}

describe("configFromFlags", () => {
  it("takes --workers as the config has it: a number, or auto, which is the default", () => {
    for (const [line, workers] of [
      ["", "auto"],
      ["--workers auto", "auto"],
      ["--workers 1", 1],
      ["--workers=4", 4],
    ] as const) {
      const result = read(line);
      assert.ok(result.ok, line);
      assert.equal(result.config.workers, workers);
    }
  });

  it("makes of --protocol a listener that routes all requests to the endpoints", () => {
    for (const [protocol, upstream, routes] of [
      ["tcp", "endpoints", 0],
      ["http", undefined, 1],
      ["auto", "endpoints", 1],
    ] as const) {
      const result = read(`--protocol ${protocol}`);
      assert.ok(result.ok, protocol);
      const [listener] = result.config.listeners;
      assert.ok(listener !== undefined);
      const served = listener.protocol === "http" ? undefined : listener.upstream;
      assert.deepEqual([listener.protocol, served, result.config.routes.length], [protocol, upstream, routes]);
    }
    assert.match(errors("--protocol htpp")[0] ?? "", /^--protocol: .*did you mean "http"\?$/);
  });

  it("names --workers when its value is wrong", () => {
    assert.deepEqual(errors("--workers 0"), [
      '--workers: "workers" is 0; expected auto or a whole number from 1 to 256; for one per core write auto',
    ]);
    assert.deepEqual(errors("--workers many"), [
      '--workers: "workers" is the text "many"; expected auto or a whole number from 1 to 256',
    ]);
  });

  it("takes a socket that was passed, which has its port already", () => {
    const from = (...flags: string[]): ConfigResult => {
      const args = parseArguments(proxyCommand, ["--listen", "fd:3", ...flags, "10.0.0.1:80"]);
      return configFromFlags(args, { capabilities: reactorCapabilities, reactorFault: "" });
    };
    const result = from();
    assert.ok(result.ok);
    assert.deepEqual(result.config.listeners[0]?.address, { kind: "inherited", descriptor: 3 });
    assert.throws(
      () => from("--port", "80"),
      new UsageError("'--listen fd:3' has its port already", "Leave --port away"),
    );
  });

  it("names --workers when the runtime has no several", () => {
    const capabilities = { ...nodeCapabilities(""), reusePort: { supported: false, reason: "the moon is full" } };
    assert.deepEqual(errors("--workers 2", capabilities), [
      '--workers: "workers" above 1 needs the capability "reusePort", which this runtime lacks: the moon is full; write auto, or run on another runtime',
    ]);
    assert.deepEqual(errors("--workers 1", capabilities), []);
  });
});
