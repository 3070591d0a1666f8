/** How much of a head is read before it is refused. */
export interface HeadLimits {
  /** Of the start line, and of each header field, without its CRLF. */
  readonly maxLineBytes: number;
  /** From the first byte of the start line to the end of the empty line. */
  readonly maxHeadBytes: number;
  /** How many header fields there may be. */
  readonly maxHeaders: number;
}

/** What a reader answers in the place of a position when the bytes end before the head does. */
export const incomplete = -1;
/** What a reader answers in the place of a position when the bytes are no head that may be passed on. */
export const malformed = -2;
