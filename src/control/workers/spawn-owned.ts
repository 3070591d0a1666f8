import type { OwnerPlace, Ownership } from "../../core/runtime/ownership.ts";
import type { SpawnWorker, WorkerThread } from "./thread.ts";

/**
 * Starts threads whose end does not close all that they had: what is left is closed before their end is told. Without
 * `ownership` it does.
 */
export function spawnOwned(spawn: SpawnWorker, ownership: Ownership | undefined): SpawnWorker {
  if (ownership === undefined) return spawn;
  return (init, handler) => {
    const place = ownership.enter();
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    const reclaim = async (): Promise<void> => {
      await ownership.reclaim(place);
      handler.onExit();
      resolve();
    };
    const thread = started(place, () =>
      spawn(
        { ...init, place },
        {
          onMessage: (message) => handler.onMessage(message),
          onError: (error) => handler.onError(error),
          onExit: () => void reclaim(),
        },
      ),
    );
    return {
      post: (message) => thread.post(message),
      async terminate() {
        await ownership.seal(place);
        await thread.terminate();
        await gone;
      },
    };
  };

  /** A place whose thread cannot be started is given back. */
  function started(place: OwnerPlace, start: () => WorkerThread): WorkerThread {
    try {
      return start();
    } catch (error) {
      void ownership?.reclaim(place);
      throw error;
    }
  }
}
