/** Lets somebody wait for a condition that events make true. */
export class Changes {
  #waiting: (() => void)[] = [];

  /** Something happened: who waits looks again. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const look of waiting) look();
  }

  /** Resolves with true when the condition holds, or with false when `deadlineMs` (as `performance.now()`) is over. */
  async until(condition: () => boolean, deadlineMs: number): Promise<boolean> {
    while (!condition()) {
      const left = deadlineMs - performance.now();
      if (left <= 0) return false;
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        timer = setTimeout(resolve, left);
      });
      clearTimeout(timer);
    }
    return true;
  }
}
