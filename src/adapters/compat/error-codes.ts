/** The system's error names, as the port's words. The three runtimes agree on the names once `code` is read. */
import type { CloseReason } from "../../core/runtime/socket.ts";
import type { ConnectFailure } from "../../core/runtime/runtime.ts";

const connectFailures: Readonly<Record<string, ConnectFailure>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "refused",
  // connect(2): the backlog of a unix socket is full; nobody accepts there.
  EAGAIN: "refused",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
  ENOTFOUND: "not-found",
  EAI_AGAIN: "not-found",
  ENOENT: "not-found",
  EMFILE: "resources",
  ENFILE: "resources",
  ENOBUFS: "resources",
  ENOMEM: "resources",
  // epoll_ctl(2): as many descriptors are watched as this user may.
  ENOSPC: "resources",
  EADDRNOTAVAIL: "resources",
  EACCES: "denied",
  EPERM: "denied",
};

/** The `code` of whatever was thrown, or its message when it has none. */
export function errorCode(error: unknown): string {
  if (typeof error === "object" && error !== null) {
    if ("code" in error && typeof error.code === "string") return error.code;
    if ("message" in error && typeof error.message === "string") return error.message;
  }
  return String(error);
}

/** Names a failed connect. Several addresses tried in turn (Happy Eyeballs) fail as the last one did. */
export function connectFailure(error: unknown): ConnectFailure {
  if (error instanceof AggregateError && error.errors.length > 0) return connectFailure(error.errors.at(-1));
  return connectFailures[errorCode(error)] ?? "other";
}

/** Names the end of a connection that failed. EPIPE is a reset that a write was first to notice. */
export function closeReason(error: unknown): CloseReason {
  const code = errorCode(error);
  if (code === "ECONNRESET" || code === "EPIPE" || code === "ECONNABORTED") return "reset";
  return code === "ETIMEDOUT" ? "timeout" : "error";
}
