/** So many connects may always be under way. */
const minSize = 64;
/** More are not needed, and each may cost a descriptor for two minutes. */
const maxSize = 1024;
/** Of the descriptors of the process, connects that cannot be given up hold at most one in so many. */
const descriptorShare = 16;

/**
 * How many connects may be under way at a time that cannot be given up: as TCP's window, it opens by one with each that
 * succeeds, and closes to its least as soon as one is given up. While one that was is pending, no other starts.
 */
export class ConnectWindow {
  readonly #maxSize: number;
  #size = minSize;
  /** Connects that the kernel still tries, those included that were given up. */
  #pending = 0;
  /** Connects given up by us that the kernel still tries. */
  #abandoned = 0;

  /** `maxDescriptors` is the limit of the process; Infinity when there is none. */
  constructor(maxDescriptors: number) {
    this.#maxSize = Math.min(maxSize, Math.max(minSize, Math.floor(maxDescriptors / descriptorShare)));
  }

  /** Whether another may start. */
  get hasRoom(): boolean {
    return this.#abandoned === 0 && this.#pending < this.#size;
  }

  start(): void {
    this.#pending++;
  }

  abandon(): void {
    this.#abandoned++;
    this.#size = minSize;
  }

  /** The kernel's answer is here: once for each that started. */
  answer(outcome: "connected" | "failed", abandoned: boolean): void {
    this.#pending--;
    if (abandoned) this.#abandoned--;
    else if (outcome === "connected" && this.#size < this.#maxSize) this.#size++;
  }
}
