/**
 * Keepalive costs four system calls a socket, and is for those that live long: it is set when a socket is up to a
 * second old, so that a short connection never pays. The first probe is not late for it: set on a running connection, the
 * kernel counts from when it last heard the peer (`tcp_sock_set_keepidle` in Linux).
 */

/** The shortest keepalive time there is. */
const afterMs = 1000;
/** After a rush there may be thousands: this many take well below a millisecond. */
const maxPerTurn = 200;

/** A socket that waits for its keepalive. */
export interface KeepAliveWaiter {
  /** Its place among those that wait; -1 when it does not. */
  keepAliveIndex: number;
  setKeepAlive(): void;
}

/** In no order, so that each can leave at once: a list that kept closed sockets would keep their memory. */
const waiting: KeepAliveWaiter[] = [];
let timerRuns = false;

/** Calls `setKeepAlive` in about a second at most, unless `dropKeepAlive` comes first. */
export function setKeepAliveSoon(socket: KeepAliveWaiter): void {
  socket.keepAliveIndex = waiting.length;
  waiting.push(socket);
  if (timerRuns) return;
  timerRuns = true;
  // It keeps no process alive that waits for nothing else.
  setTimeout(setKeepAlives, afterMs).unref();
}

/** The socket is over; harmless when it does not wait. */
export function dropKeepAlive(socket: KeepAliveWaiter): void {
  const index = socket.keepAliveIndex;
  if (index === -1) return;
  socket.keepAliveIndex = -1;
  const last = waiting.pop();
  if (last === undefined || last === socket) return;
  waiting[index] = last;
  last.keepAliveIndex = index;
}

function setKeepAlives(): void {
  for (let count = 0; count < maxPerTurn; count++) {
    const socket = waiting.pop();
    if (socket === undefined) break;
    socket.keepAliveIndex = -1;
    socket.setKeepAlive();
  }
  timerRuns = waiting.length > 0;
  if (timerRuns) setTimeout(setKeepAlives, 0).unref();
}
