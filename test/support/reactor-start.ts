/** A process that starts a reactor, says so or why not, and has nothing else to do. */
import { argv, stdout } from "node:process";
import { loadLibc } from "../../src/adapters/reactor/libc/load-libc.ts";
import { EAGAIN } from "../../src/adapters/reactor/linux.ts";
import { tryReactorOver } from "../../src/adapters/reactor/mod.ts";
import { currentRuntime } from "./current-runtime.ts";
import { replaceCalls } from "./reactor.ts";

const libc = await loadLibc();
const deaf = replaceCalls(libc, { recv: (...args) => libc.recv(...args) || EAGAIN });
const { fault } = await tryReactorOver(await currentRuntime(), () =>
  Promise.resolve(argv[2] === "passed" ? libc : deaf),
);
stdout.write(fault === "" ? "started" : fault);
