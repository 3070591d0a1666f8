import { netConnect } from "../../src/adapters/compat/net-connect.ts";
import { tryReactor } from "../../src/adapters/reactor/mod.ts";
import { ownRuntime } from "../support/current-runtime.ts";
import { machineContract } from "./machine-contract.ts";
import { socketContract } from "./socket-contract.ts";

const runtime = await ownRuntime();
socketContract(runtime.name, runtime);
machineContract(runtime.name, runtime);
// Where the runtime's own connect cannot be given up, node:net takes its place at times: the contract holds there too.
if (runtime.capabilities.connectAbort.reason !== "") {
  socketContract(`${runtime.name}, connecting through node:net`, { ...runtime, connect: netConnect });
}
const { runtime: reactor } = await tryReactor(runtime);
if (reactor !== undefined) socketContract(`reactor on ${runtime.name}`, reactor);
