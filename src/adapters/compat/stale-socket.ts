import { lstatSync, unlinkSync } from "node:fs";
import { connect } from "node:net";
import { errorCode } from "./error-codes.ts";

/**
 * Removes the socket file that a process which was killed has left behind, so that a restart works. A socket that
 * answers, and anything that is not a socket, stays. Resolves with whether it removed one.
 */
export async function removeStaleSocket(path: string): Promise<boolean> {
  if (path.startsWith("@")) return false;
  try {
    if (!lstatSync(path).isSocket()) return false;
  } catch {
    return false;
  }
  if ((await probe(path)) !== "ECONNREFUSED") return false;
  unlinkSync(path);
  return true;
}

/** Connects and closes; resolves with the error's code, or undefined when somebody answers. */
function probe(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error) => resolve(errorCode(error)));
  });
}
