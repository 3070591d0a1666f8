import { netConnect } from "../../src/adapters/compat/net-connect.ts";
import { currentRuntime } from "../support/current-runtime.ts";
import { socketContract } from "./socket-contract.ts";

const runtime = await currentRuntime();
socketContract(runtime.name, runtime);
// Bun connects through node:net while a connect that was given up is still pending: the contract holds there too.
if (runtime.name === "bun") socketContract("bun, connecting through node:net", { ...runtime, connect: netConnect });
