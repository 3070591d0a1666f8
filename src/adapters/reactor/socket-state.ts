/**
 * The state of a `ReactorSocket`: bits of one number, as a field each would cost a busy proxy more memory than all else in a
 * socket.
 */

/** The user wants no events. */
export const paused: number = 1;
/** There may be something to read: the kernel tells once, and we remember. */
export const readable: number = 2;
/**
 * A short read does not mean that all is read: a FIN, an RST or an error is behind it, or reads end early, as they do before
 * urgent data (tcp(7)) and behind passed descriptors (unix(7)).
 */
export const ending: number = 4;
/** `write` said false and `onDrain` is owed. */
export const drainOwed: number = 8;
/** The peer's FIN came, and was told. */
export const peerEnded: number = 16;
/** `end` was called. */
export const endRequested: number = 32;
/** Our FIN is with the kernel. */
export const finSent: number = 64;
/** An error was met, by a write or by who asked for it (`#reason`): what came before is still read, and no end is a FIN. */
export const failureMet: number = 128;
/** Over, and not told yet. */
export const closing: number = 256;
/** Over, and told. */
export const closed: number = 512;
/** It waits for its turn. */
export const waiting: number = 1024;
/** The kernel had no memory; tried again in a while. */
export const starved: number = 2048;
/** The kernel told of an error: where the peer's FIN is read before it, it waits behind. */
export const erred: number = 4096;
/** It may have bytes in the outbox. */
export const gathered: number = 8192;

/** Over, told or not. */
export const over: number = closing | closed;
