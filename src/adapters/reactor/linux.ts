/**
 * Numbers of Linux's ABI that are used here: the same on x64 and arm64 (include/uapi/asm-generic), but for the layout of
 * `epoll_event`, which is packed on x64 only.
 */
import { arch } from "node:process";

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_ACCEPTCONN = 30;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const IPPROTO_IPV6 = 41;
export const IPV6_V6ONLY = 26;
/** Connect from an address without taking a port before the peer is known (ip(7)): a port serves many endpoints. */
export const IP_BIND_ADDRESS_NO_PORT = 24;
export const IPPROTO_IP = 0;

export const SHUT_WR = 1;
/** A write to a connection that is over is an error, not a signal. */
export const MSG_NOSIGNAL = 0x4000;
/** Look, and take nothing. */
export const MSG_PEEK = 2;

export const EPOLL_CLOEXEC = 0o2000000;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLLIN = 1;
/** There is urgent data. */
export const EPOLLPRI = 2;
export const EPOLLOUT = 4;
export const EPOLLERR = 8;
export const EPOLLHUP = 16;
/** The peer's FIN. */
export const EPOLLRDHUP = 0x2000;
/** Tell once, then look away. */
export const EPOLLONESHOT = 0x40000000;
/** Tell of what is new, once, instead of what is there, each time. */
export const EPOLLET = -0x80000000;

/** Of those who watch the same socket, do not wake all. Such a registration cannot be changed. */
export const EPOLLEXCLUSIVE = 0x10000000;

/** Bytes from one `epoll_event` to the next, and where the 64 bits of its user begin. */
export const epollEvent: { readonly stride: number; readonly data: number } =
  arch === "x64" ? { stride: 12, data: 4 } : { stride: 16, data: 8 };

export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_DUPFD_CLOEXEC = 1030;
export const FD_CLOEXEC = 1;
export const F_SETPIPE_SZ = 1031;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const SPLICE_F_MOVE = 1;
export const SPLICE_F_NONBLOCK = 2;

/** access(2): is it there? */
export const F_OK = 0;

export const ENOENT = -2;
export const EINTR = -4;
export const EBADF = -9;
export const EAGAIN = -11;
export const ENOMEM = -12;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENFILE = -23;
export const EPIPE = -32;
export const EMFILE = -24;
export const ENOTSOCK = -88;
export const EPROTOTYPE = -91;
export const EAFNOSUPPORT = -97;
export const ECONNABORTED = -103;
export const ECONNRESET = -104;
export const ENOBUFS = -105;
export const EINPROGRESS = -115;

/** What a connection is watched for: all, once each. */
export const socketEvents: number = EPOLLIN | EPOLLPRI | EPOLLOUT | EPOLLRDHUP | EPOLLET;
