/** Bytes that went one way. An object, so that the relay adds to it without knowing whose it is. */
export class ByteCount {
  total = 0;
}
