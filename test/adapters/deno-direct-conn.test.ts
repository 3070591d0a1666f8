/**
 * Deno's cheaper calls are not documented: they are used only where a proof shows that they do what the methods do.
 * The whole contract runs here without them, as it does elsewhere with them.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CoreCalls } from "../../src/adapters/deno/direct-conn.ts";
import { socketContract } from "../contract/socket-contract.ts";

if ("Deno" in globalThis) {
  const real = (globalThis as unknown as { readonly Deno: DenoWithCore }).Deno;
  const core = real[real.internal]?.core;
  assert.ok(core !== undefined);
  // The adapter is loaded, for the first time in this process, where Deno has no such calls.
  Object.defineProperty(globalThis, "Deno", {
    configurable: true,
    value: Object.create(real, { internal: { value: Symbol("none") } }),
  });
  const { direct, proved, proveDirect } = await import("../../src/adapters/deno/direct-conn.ts");
  const { denoRuntime } = await import("../../src/adapters/deno/mod.ts");
  Object.defineProperty(globalThis, "Deno", { configurable: true, value: real });

  describe("the proof of Deno's cheaper calls", () => {
    it("passes with this Deno", async () => {
      assert.equal(await proved(core), core);
    });

    /** What another Deno might do. */
    const others: Readonly<Record<string, Partial<CoreCalls>>> = {
      "are not there": { internalRidSymbol: core.internalRidSymbol },
      "know no such connection": { ...callsOf(core), internalRidSymbol: Symbol("another") },
      "tell another count": { ...callsOf(core), write: async (id, bytes) => (await core.write(id, bytes)) + 1 },
      "put the bytes elsewhere": { ...callsOf(core), read: (id, into) => core.read(id, new Uint8Array(into.buffer)) },
      "tell of the end otherwise": { ...callsOf(core), read: async (id, into) => (await core.read(id, into)) || -1 },
      "throw at once": {
        ...callsOf(core),
        read() {
          throw new TypeError("gone");
        },
      },
      "never answer": { ...callsOf(core), read: () => new Promise(() => {}) },
    };
    for (const [what, calls] of Object.entries(others)) {
      it(`fails where they ${what}`, async () => {
        assert.equal(await proved(calls), undefined);
      });
    }

    it("leaves a connection as it is where it fails", async () => {
      await proveDirect();
      const conn = {} as Parameters<typeof direct>[0];
      assert.equal(direct(conn), conn);
    });
  });

  socketContract("deno, with documented calls only", denoRuntime);
} else {
  it("is for Deno", { skip: "this runtime has no Deno.Conn" }, () => {});
}

interface DenoWithCore {
  readonly internal: symbol;
  readonly [internals: symbol]: { readonly core: CoreCalls } | undefined;
}

function callsOf({ internalRidSymbol, read, write }: CoreCalls): CoreCalls {
  return { internalRidSymbol, read, write };
}
