import type { CloseReason, Socket, SocketHandler } from "../../core/runtime/socket.ts";

/** For self-tests: turns what a socket tells into promises. */
export class Trial implements SocketHandler {
  readonly socket: Socket;
  /** How many bytes came. */
  received = 0;
  readonly drained: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly ended: PromiseWithResolvers<void> = Promise.withResolvers();
  readonly closed: PromiseWithResolvers<CloseReason> = Promise.withResolvers();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.handler = this;
  }

  onData(bytes: Uint8Array): void {
    this.received += bytes.byteLength;
  }

  onDrain(): void {
    this.drained.resolve();
  }

  onEnd(): void {
    this.ended.resolve();
  }

  onClose(reason: CloseReason): void {
    this.closed.resolve(reason);
  }
}

/** Throws an error that says `fault` unless it holds. */
export function check(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault);
}
