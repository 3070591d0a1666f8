import type { Address, InheritedSocket } from "../../core/runtime/address.ts";
import { type InheritedSockets, ListenError } from "../../core/runtime/runtime.ts";
import { errorName } from "./error-name.ts";
import {
  EAFNOSUPPORT,
  EBADF,
  EINVAL,
  ENOTSOCK,
  EPOLLEXCLUSIVE,
  EPOLLIN,
  EPROTOTYPE,
  F_DUPFD_CLOEXEC,
  F_GETFD,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  O_NONBLOCK,
  SO_ACCEPTCONN,
  SO_TYPE,
  SOCK_STREAM,
  SOL_SOCKET,
} from "./linux.ts";
import { ReactorListener, setTcpOptions } from "./listen.ts";
import type { Reactor } from "./reactor.ts";
import { readUnixAddress } from "./socket-address.ts";

/** Below this are standard input, output and error. */
const lowestDuplicate = 3;

/** One after the other goes to who has time: a worker that took all that wait would have them all. */
const sharedSocket = { events: EPOLLIN | EPOLLEXCLUSIVE, maxAcceptsPerTurn: 1, ours: false };

const howToPass =
  "whoever starts geryon must pass a listening socket under this number; systemd numbers a unit's sockets from 3 on";

/** The port's sockets that the process was started with. */
export function reactorInherited(reactor: Reactor): InheritedSockets {
  const { libc } = reactor;
  return {
    addressOf: (socket) => judge(reactor, socket),
    listen({ socket, ...options }, handler) {
      const address = judge(reactor, socket);
      const must = (result: number): number => {
        if (result < 0) throw failure(socket, result, "cannot listen");
        return result;
      };
      // Programs that this one starts shall not have it; and no accept may wait for a client that another has taken.
      must(libc.fcntl(socket.descriptor, F_SETFD, FD_CLOEXEC));
      const flags = must(libc.fcntl(socket.descriptor, F_GETFL, 0));
      must(libc.fcntl(socket.descriptor, F_SETFL, flags | O_NONBLOCK));
      if (address.kind === "tcp") must(setTcpOptions(reactor, socket.descriptor, options));
      const fd = must(libc.fcntl(socket.descriptor, F_DUPFD_CLOEXEC, lowestDuplicate));
      const listener = new ReactorListener(reactor, fd, { ...sharedSocket, address }, options, handler);
      must(listener.open());
      return listener;
    },
    close: ({ descriptor }) => void libc.close(descriptor),
  };
}

/** Where the socket is bound. Throws a `ListenError` unless it is a stream socket that listens. */
function judge(reactor: Reactor, socket: InheritedSocket): Address {
  const { descriptor: fd } = socket;
  if (reactor.libc.fcntl(fd, F_GETFD, 0) < 0) {
    throw failure(socket, EBADF, `there is no descriptor ${fd}: ${howToPass}`);
  }
  // Any socket has a type, and none is 0.
  const type = reactor.option(fd, SOL_SOCKET, SO_TYPE);
  if (type === 0) throw failure(socket, ENOTSOCK, `descriptor ${fd} is not a socket: ${howToPass}`);
  if (type !== SOCK_STREAM) {
    const what = `descriptor ${fd} is not a stream socket: pass one of TCP or of unix streams (systemd: ListenStream=)`;
    throw failure(socket, EPROTOTYPE, what);
  }
  if (reactor.option(fd, SOL_SOCKET, SO_ACCEPTCONN) !== 1) {
    const what = `descriptor ${fd} is a socket that does not listen: pass one that does (systemd: ListenStream=, Accept=no)`;
    throw failure(socket, EINVAL, what);
  }
  const address = boundAddress(reactor, fd);
  if (address === undefined) {
    throw failure(socket, EAFNOSUPPORT, `descriptor ${fd} is neither a TCP nor a unix socket: pass one of these`);
  }
  return address;
}

function boundAddress(reactor: Reactor, fd: number): Address | undefined {
  const tcp = reactor.localAddress(fd);
  if (tcp !== undefined) return tcp;
  // It is what the call has just filled in.
  const { address, length } = reactor;
  return readUnixAddress(address.bytes, length.bytes[0] as number);
}

function failure(socket: InheritedSocket, error: number, what: string): ListenError {
  return new ListenError(socket, errorName(error), what);
}
