import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { closingContract } from "./closing-contract.ts";
import { connectingContract } from "./connecting-contract.ts";
import { halfCloseContract } from "./half-close-contract.ts";
import { relayContract } from "./relay-contract.ts";
import { socketFuzz } from "./socket-fuzz.ts";
import { transferContract } from "./transfer-contract.ts";

/** What every adapter's sockets do, whatever the runtime: registers the port's contract for one implementation. */
export function socketContract(name: string, runtime: Runtime): void {
  transferContract(name, runtime);
  halfCloseContract(name, runtime);
  closingContract(name, runtime);
  relayContract(name, runtime);
  connectingContract(name, runtime);
  socketFuzz(name, runtime);
}
