import type { Address } from "../runtime/address.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * Connects, and closes at once. Calls `done` once, with `ok` or why it failed (`refused`, `timeout`, ...), and never
 * after `cancel`.
 */
export function startTcpProbe(
  address: Address,
  options: { readonly timeoutMs: number; readonly sourceAddress?: string | undefined },
  runtime: Runtime,
  done: (result: string) => void,
): { cancel(): void } {
  const timer = runtime.clock.after(options.timeoutMs, () => {
    pending.cancel();
    done("timeout");
  });
  const pending = runtime.connect(
    { address, sourceAddress: options.sourceAddress, keepAliveMs: 0, highWaterMarkBytes: 1024 },
    {
      onConnect(socket) {
        timer.cancel();
        socket.destroy();
        done("ok");
      },
      onConnectError(failure) {
        timer.cancel();
        done(failure);
      },
    },
  );
  return {
    cancel(): void {
      timer.cancel();
      pending.cancel();
    },
  };
}
