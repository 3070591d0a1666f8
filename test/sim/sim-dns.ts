import type { Pending, ResolveHandler } from "../../src/core/runtime/runtime.ts";
import type { Dice } from "./dice.ts";
import type { EventQueue } from "./event-queue.ts";

/** What a name leads to at the moment. */
export interface DnsEntry {
  readonly hosts: readonly string[];
  /** Absent: the hosts file. */
  readonly ttlMs?: number;
  readonly failure?: "not-found" | "other";
  readonly delayMs: number;
}

/** The names of a scenario; they may change, fail and be slow. */
export class SimDns {
  /** Look-ups that were neither answered nor cancelled. */
  pending = 0;
  readonly #queue: EventQueue;
  readonly #dice: Dice;
  readonly #entries = new Map<string, DnsEntry>();

  constructor(queue: EventQueue, dice: Dice) {
    this.#queue = queue;
    this.#dice = dice;
  }

  set(name: string, entry: DnsEntry): void {
    this.#entries.set(name, entry);
  }

  resolve(name: string, tell: (answer: () => void) => void, handler: ResolveHandler): Pending {
    const entry = this.#entries.get(name);
    let open = true;
    this.pending++;
    this.#queue.after((entry?.delayMs ?? 1) + this.#dice.next(), () =>
      tell(() => {
        if (!open) return;
        open = false;
        this.pending--;
        const now = this.#entries.get(name);
        if (now === undefined || now.failure !== undefined) handler.onResolveError(now?.failure ?? "not-found");
        else handler.onResolve(now.hosts, now.ttlMs);
      }),
    );
    return {
      cancel: (): void => {
        if (!open) return;
        open = false;
        this.pending--;
      },
    };
  }
}
