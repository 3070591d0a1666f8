/**
 * The web globals that core may name: all there is besides ECMAScript. Core is compiled without any runtime's types,
 * so this list is the wall. It holds only what is pure computation and equal on all runtimes: nothing with a clock,
 * a timer, a socket or randomness in it (no AbortSignal.timeout, no performance, no queueMicrotask, no console).
 */

/** Tells whoever holds it that the work is no longer wanted. */
interface AbortSignal {
  readonly aborted: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- as the platform types it: whatever was given to abort()
  readonly reason: any;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The owner's end of an AbortSignal. */
interface AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare var AbortController: { new (): AbortController; readonly prototype: AbortController };

/** Text to UTF-8. */
interface TextEncoder {
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}

declare var TextEncoder: { new (): TextEncoder; readonly prototype: TextEncoder };

/** Bytes to text. */
interface TextDecoder {
  decode(bytes?: ArrayBufferView | ArrayBufferLike, options?: { stream?: boolean }): string;
}

declare var TextDecoder: {
  new (label?: "utf-8" | "latin1", options?: { fatal?: boolean; ignoreBOM?: boolean }): TextDecoder;
  readonly prototype: TextDecoder;
};
