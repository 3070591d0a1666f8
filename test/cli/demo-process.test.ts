/** The commands as a user runs them: a process each, with its signals and exit codes. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import type { LoadSummary } from "../../src/cli/load/load-summary.ts";
import { hopefulClient, until } from "../support/sockets.ts";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const runtimeArgs = "Deno" in globalThis ? ["run", "-A", "--no-check", main] : [main];

/** `geryon ...` on the runtime that runs this test. */
class Geryon {
  readonly child: ChildProcess;
  out = "";
  errors = "";
  readonly #closed: Promise<number | null>;
  #over = false;

  constructor(argv: readonly string[]) {
    const env = { ...process.env, NO_COLOR: "1" };
    this.child = spawn(process.execPath, [...runtimeArgs, ...argv], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#closed = new Promise((resolve) => {
      this.child.once("close", (code) => {
        this.#over = true;
        resolve(code);
      });
    });
    this.child.stdout?.on("data", (text) => (this.out += String(text)));
    this.child.stderr?.on("data", (text) => (this.errors += String(text)));
  }

  async says(pattern: RegExp): Promise<RegExpMatchArray> {
    await until(() => pattern.test(this.out) || this.#over, `it says ${pattern}`);
    const match = pattern.exec(this.out);
    assert.ok(match !== null, `It said: ${this.out}${this.errors}`);
    return match;
  }

  /** The exit code, when all output is here. */
  exits(): Promise<number | null> {
    return this.#closed;
  }

  /** Not `child.kill`: after that Deno says that the signal ended the process, however it ended. */
  signal(name: NodeJS.Signals): void {
    if (this.child.pid !== undefined) process.kill(this.child.pid, name);
  }

  [Symbol.dispose](): void {
    this.child.kill("SIGKILL");
  }
}

describe("geryon echo, load and demo", () => {
  it("load goes through echo; a client that resets harms nobody; SIGTERM ends echo", { timeout: 60_000 }, async () => {
    using echo = new Geryon(["echo", "--listen", "127.0.0.1:0", "--name", "blue"]);
    const [, port = ""] = await echo.says(/^blue listens on 127\.0\.0\.1:(\d+)\n/);
    const rude = hopefulClient(Number(port));
    rude.socket.on("connect", () => {
      rude.socket.write(new Uint8Array(100_000));
      rude.socket.resetAndDestroy();
    });
    await rude.closed;
    using load = new Geryon(["load", `127.0.0.1:${port}`, "--duration", "300ms", "--json"]);
    assert.equal(await load.exits(), 0, load.out + load.errors);
    const summary = JSON.parse(load.out) as LoadSummary;
    assert.equal(summary.errorCount, 0);
    assert.ok(summary.roundTrips > 0);
    echo.signal("SIGTERM");
    assert.equal(await echo.exits(), 0, echo.errors);
    // The rude one counts only when it was accepted before its reset was seen.
    assert.match(echo.out, /\nblue stopped: 5[01] connections, [\d,]+ bytes sent back\n$/);
    assert.equal(echo.errors, "");
  });

  it("SIGINT ends load early, with its summary", { timeout: 60_000 }, async () => {
    using echo = new Geryon(["echo", "--http", "--listen", "127.0.0.1:0"]);
    const [, port = ""] = await echo.says(/listens on 127\.0\.0\.1:(\d+)/);
    // An HTTP server is no echo: each connection is an error.
    using load = new Geryon(["load", `127.0.0.1:${port}`, "--duration", "1h", "--timeout", "100ms", "-c", "2"]);
    await load.says(/load on/);
    await load.says(/\d+ s /);
    load.signal("SIGINT");
    assert.equal(await load.exits(), 1, load.out + load.errors);
    assert.match(load.out, /\nround trips +0 in [\s\S]*\nerrors +\d+\n/);
    echo.signal("SIGINT");
    assert.equal(await echo.exits(), 0, echo.errors);
    assert.match(echo.out, /\necho stopped: \d+ requests?\n$/);
  });

  it("SIGINT drains demo", { timeout: 60_000 }, async () => {
    using demo = new Geryon(["demo"]);
    await demo.says(/round trips\/s/);
    demo.signal("SIGINT");
    assert.equal(await demo.exits(), 0, demo.out + demo.errors);
    assert.match(demo.out, /Client errors: 0\.\n[\s\S]*Drained: \d+ running connections ended by themselves\./);
    assert.equal(demo.errors, "");
  });

  it(
    "a Ctrl-C that arrives twice, from the terminal and from a script runner, ends demo in good order",
    {
      timeout: 60_000,
    },
    async () => {
      using demo = new Geryon(["demo"]);
      await demo.says(/round trips\/s/);
      demo.signal("SIGINT");
      demo.signal("SIGINT");
      assert.equal(await demo.exits(), 0, demo.out + demo.errors);
      assert.match(demo.out, /examples\/minimal\.yaml/);
    },
  );
});
