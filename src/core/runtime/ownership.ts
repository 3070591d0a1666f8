/**
 * What a thread leaves open when it ends. A runtime closes its own sockets then; descriptors that it does not know of are
 * closed by who started the thread.
 */

/** Where a thread's descriptors are written down. It is made before the thread, which gets it as data; see `Ownership`. */
export interface OwnerPlace {
  /** Which descriptor belongs to whom, for all threads. */
  readonly table: SharedArrayBuffer;
  /** The thread's number in there. */
  readonly owner: number;
  /** Numbers are used again: which time this is. */
  readonly life: number;
}

/** The descriptors of the threads that this one starts. */
export interface Ownership {
  /** A place for a thread that is about to start. Throws when so many threads have places that none is left. */
  enter(): OwnerPlace;
  /** The thread is to be ended by force: resolves when that loses no descriptor. From here on it opens and closes none. */
  seal(place: OwnerPlace): Promise<void>;
  /**
   * The thread is said to be gone: resolves when its ports are free and its connections are over, with RST where sockets
   * know that, and the thread is gone indeed. One that runs on all the same is not waited for.
   */
  reclaim(place: OwnerPlace): Promise<void>;
}
