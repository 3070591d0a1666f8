/** When a reading is too high, with a gap between start and end so that it does not flap. */
export class ThresholdTrigger {
  readonly #startAt: number;
  readonly #endBelow: number;
  readonly #calmReadings: number;
  #calm = 0;
  #on = false;

  /** On from a reading of `startAt`, until `calmReadings` in a row are below `endBelow`. */
  constructor(startAt: number, endBelow: number, calmReadings: number) {
    this.#startAt = startAt;
    this.#endBelow = endBelow;
    this.#calmReadings = calmReadings;
  }

  get on(): boolean {
    return this.#on;
  }

  /** Takes a reading. */
  take(reading: number): void {
    if (reading >= this.#startAt) this.#on = true;
    this.#calm = reading < this.#endBelow ? this.#calm + 1 : 0;
    if (this.#calm >= this.#calmReadings) this.#on = false;
  }
}
