/**
 * Nobody here throws for what traffic can do, so that what is thrown is a mistake, and ends the process unless somebody
 * listens for that. Thrown at once it would take others' events with it, which come once.
 */
export function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
