/** Run with few open files: takes all that are left, connects, and prints how that failed. Arguments: a path or a port. */
import { closeSync, openSync } from "node:fs";
import type { Address } from "../../src/core/runtime/address.ts";
import { currentRuntime } from "./current-runtime.ts";
import { socketOptions } from "./sockets.ts";

const where = process.argv[2] ?? "";
const address: Address = where.startsWith("/")
  ? { kind: "unix", path: where }
  : { kind: "tcp", host: "127.0.0.1", port: Number(where) };
const runtime = await currentRuntime();
const taken: number[] = [];
try {
  while (true) taken.push(openSync("/dev/null", "r"));
} catch {
  // There are none left.
}
const answer = new Promise<string>((resolve) => {
  runtime.connect(
    { ...socketOptions, address },
    { onConnect: () => resolve("connected"), onConnectError: (failure) => resolve(failure) },
  );
});
for (const descriptor of taken) closeSync(descriptor);
console.log(await answer);
process.exit(0);
