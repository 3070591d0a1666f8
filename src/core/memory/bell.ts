/** Wakes the other threads: something in shared memory has changed that they must act on, and not when they get to it. */
export interface Bell {
  ring(): void;
}

/** For a thread that is alone. */
export const noBell: Bell = { ring() {} };
