import type { Address } from "../../core/runtime/address.ts";
import type { Runtime } from "../../core/runtime/runtime.ts";

/** From one try to the next. */
const tryAgainMs = 100;

/** Resolves when something listens on the address, or after `timeoutMs` all the same: who comes then is told what is wrong. */
export async function waitUntilListening(address: Address, runtime: Runtime, timeoutMs: number): Promise<void> {
  const { clock } = runtime;
  const untilMs = clock.now() + timeoutMs;
  while (clock.now() < untilMs && !(await listens(address, runtime))) {
    await new Promise<void>((resolve) => void clock.after(tryAgainMs, resolve));
  }
}

function listens(address: Address, runtime: Runtime): Promise<boolean> {
  return new Promise((resolve) => {
    const pending = runtime.connect(
      { address, keepAliveMs: 0, highWaterMarkBytes: 1024 },
      {
        onConnect(socket) {
          timer.cancel();
          socket.destroy();
          resolve(true);
        },
        onConnectError() {
          timer.cancel();
          resolve(false);
        },
      },
    );
    const timer = runtime.clock.after(10 * tryAgainMs, () => {
      pending.cancel();
      resolve(false);
    });
  });
}
