import type { Address } from "../runtime/address.ts";

/** Where the connections come in: in this thread, or in several. */
export interface Front {
  /** Binds all listeners, or none: rejects with the `ListenError` of the first that could not be bound. In their order. */
  open(): Promise<readonly Address[]>;
  /** Stops accepting; running connections go on. */
  close(): Promise<void>;
  /** Resets what still runs, and ends all that is left. */
  cut(): Promise<void>;
}
