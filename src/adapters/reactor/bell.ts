import { connect, type Socket } from "node:net";
import {
  AF_INET,
  EAGAIN,
  ECONNABORTED,
  EEXIST,
  EINTR,
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLIN,
  EPOLLONESHOT,
  epollEvent,
  F_GETFD,
  MSG_NOSIGNAL,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_STREAM,
} from "./linux.ts";
import { errorName } from "./error-name.ts";
import { inTime } from "../compat/in-time.ts";
import type { Block, Libc } from "./libc/libc.ts";
import { readFile } from "./libc/read-file.ts";
import type { Poll } from "./poll.ts";
import { readSocketAddress, socketAddressBytes, writeSocketAddress } from "./socket-address.ts";

/** So many numbers in a row that are no descriptor are taken for the end of them. */
const maxGap = 4096;
/** So many others may connect to the bell before its own end does. */
const maxStrangers = 16;

/**
 * Wakes the runtime's loop when one of our descriptors has an event. No runtime watches a foreign epoll, but each waits in
 * an epoll of its own, and that can watch ours (epoll(7): they nest). What it takes:
 *
 * - a socket of the runtime's (`clapper`), connected to one of ours (`hammer`), with a byte in it that nobody reads, because
 *   the runtime's epoll is told to look away from it;
 * - when the bell is armed, our epoll is added to the runtime's under the name that the clapper has there.
 *
 * An event of ours then looks to the runtime like one of the clapper: it reads the byte, and tells us that data came. The
 * clapper lives as long as the thread, so its name in the runtime's epoll stays good. The self-test rings once before
 * anything relies on it.
 */
export class Bell {
  onRing: () => void = () => {};
  readonly #libc: Libc;
  readonly #poll: Poll;
  readonly #clapper: Socket;
  readonly #hammer: number;
  readonly #runtimeEpoll: number;
  readonly #clapperDescriptor: number;
  /** The clapper's name in the runtime's epoll, and what to watch for. */
  readonly #event: Block;
  readonly #eventWords: Int32Array;
  readonly #byte: Block;
  /** The byte is in the clapper. */
  #loaded = false;
  #armed = false;

  private constructor(libc: Libc, poll: Poll, parts: BellParts) {
    this.#libc = libc;
    this.#poll = poll;
    this.#clapper = parts.clapper;
    this.#hammer = parts.hammer;
    this.#runtimeEpoll = parts.runtimeEpoll;
    this.#clapperDescriptor = parts.clapperDescriptor;
    this.#event = parts.event;
    this.#eventWords = new Int32Array(parts.event.bytes.buffer);
    this.#byte = libc.allocate(1);
    this.#clapper.on("data", () => {
      this.#loaded = false;
      this.onRing();
    });
    this.mute();
    this.keepAlive(false);
  }

  /** Hangs the bell. Rejects where the runtime does not wait in an epoll, or hides it. */
  static async hang(libc: Libc, poll: Poll): Promise<Bell> {
    return new Bell(libc, poll, await assemble(libc));
  }

  /** From here on the next event of the poll, or one that is there already, rings. False: it cannot now. */
  arm(): boolean {
    if (this.#armed) return true;
    this.#eventWords[0] = EPOLLIN;
    this.#armed =
      this.#load() && this.#libc.epollControl(this.#runtimeEpoll, EPOLL_CTL_ADD, this.#poll.fd, this.#event) === 0;
    return this.#armed;
  }

  /**
   * The runtime's epoll shall look away from the clapper: once, and again when it rang for nothing, as it would all the time
   * if the runtime had turned back to it.
   */
  mute(): void {
    this.#eventWords[0] = 0;
    this.#watchClapper();
  }

  #watchClapper(): boolean {
    return this.#libc.epollControl(this.#runtimeEpoll, EPOLL_CTL_MOD, this.#clapperDescriptor, this.#event) === 0;
  }

  #load(): boolean {
    this.#loaded ||= this.#libc.send(this.#hammer, this.#byte, 0, 1, MSG_NOSIGNAL) === 1;
    return this.#loaded;
  }

  /** Rings when the runtime has looked at all that is its own. False: it cannot now. */
  ringSoon(): boolean {
    this.#eventWords[0] = EPOLLIN | EPOLLONESHOT;
    return this.#load() && this.#watchClapper();
  }

  /** The reactor looks for itself. */
  disarm(): void {
    if (!this.#armed) return;
    this.#armed = false;
    this.#libc.epollControl(this.#runtimeEpoll, EPOLL_CTL_DEL, this.#poll.fd, this.#event);
  }

  /** Whether the runtime must live on to hear it. */
  keepAlive(on: boolean): void {
    if (on) this.#clapper.ref();
    else this.#clapper.unref();
  }

  /** It rings no more, and nothing of it is left. */
  takeDown(): void {
    this.disarm();
    this.#clapper.destroy();
    this.#libc.close(this.#hammer);
  }
}

interface BellParts {
  readonly clapper: Socket;
  readonly hammer: number;
  readonly runtimeEpoll: number;
  readonly clapperDescriptor: number;
  /** With the clapper's name. */
  readonly event: Block;
}

async function assemble(libc: Libc): Promise<BellParts> {
  const listener = libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener < 0) throw new Error(`no socket: ${errorName(listener)}`);
  let clapper: Socket | undefined;
  let hammer = -1;
  try {
    clapper = connect({ host: "127.0.0.1", port: listenOnLoopback(libc, listener), noDelay: true });
    await inTime(connected(clapper), "no connection to 127.0.0.1");
    hammer = await acceptOne(libc, listener, clapper);
    await inTime(ring(libc, hammer, clapper), "a byte does not arrive on 127.0.0.1");
    const fd = findSocket(libc, clapper);
    const runtimeEpoll = findEpoll(libc, fd);
    const event = libc.allocate(16);
    event.bytes.set(nameOf(libc, runtimeEpoll, fd), epollEvent.data);
    return { clapper, clapperDescriptor: fd, hammer, runtimeEpoll, event };
  } catch (error) {
    clapper?.destroy();
    if (hammer >= 0) libc.close(hammer);
    throw error;
  } finally {
    libc.close(listener);
  }
}

/** Answers the port. */
function listenOnLoopback(libc: Libc, listener: number): number {
  const { address, length, port } = addressReader(libc);
  const size = writeSocketAddress({ kind: "tcp", host: "127.0.0.1", port: 0 }, address.bytes);
  if (libc.bind(listener, address, size) < 0 || libc.listen(listener, maxStrangers) < 0)
    throw new Error("127.0.0.1 is not there");
  length.bytes[0] = address.bytes.byteLength;
  return port(libc.getsockname(listener, address, length)) ?? 0;
}

/** The other end of the clapper; others who connect here are turned away. */
async function acceptOne(libc: Libc, listener: number, clapper: Socket): Promise<number> {
  const { address, length, port } = addressReader(libc);
  for (let tries = 0; tries < maxStrangers; tries++) {
    length.bytes[0] = address.bytes.byteLength;
    const fd = libc.accept(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      if (port(fd) === clapper.localPort) return fd;
      libc.close(fd);
    } else if (fd === EAGAIN || fd === EINTR || fd === ECONNABORTED) {
      // A client may learn that it is connected a moment before the listener does.
      await new Promise((resolve) => setTimeout(resolve, 1));
    } else {
      throw new Error(`nothing can be accepted on 127.0.0.1: ${errorName(fd)}`);
    }
  }
  throw new Error("strangers answer on 127.0.0.1");
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    // From then on, whatever happens to it, its descriptor must stay.
    socket.on("error", reject);
    socket.once("connect", resolve);
  });
}

/** Sends a byte, and resolves when the runtime has read it: it watches the socket from then on, at the latest. */
function ring(libc: Libc, hammer: number, clapper: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    clapper.once("data", () => resolve());
    const sent = libc.send(hammer, libc.allocate(1), 0, 1, MSG_NOSIGNAL);
    if (sent < 0) reject(new Error(`nothing can be sent on 127.0.0.1: ${errorName(sent)}`));
  });
}

/** Room for an address, and the port in it when the call that filled it in went well. */
function addressReader(libc: Libc) {
  const address = libc.allocate(socketAddressBytes + 2);
  const port = (result: number): number | undefined => {
    const found = result < 0 ? undefined : readSocketAddress(address.bytes);
    return found?.kind === "tcp" ? found.port : undefined;
  };
  return { address, length: libc.allocate(4), port };
}

/** The descriptor of a socket of the runtime's. */
function findSocket(libc: Libc, socket: Socket): number {
  const { address, length, port } = addressReader(libc);
  return findDescriptor(libc, "socket", (fd) => {
    length.bytes[0] = address.bytes.byteLength;
    if (port(libc.getsockname(fd, address, length)) !== socket.localPort) return false;
    length.bytes[0] = address.bytes.byteLength;
    return port(libc.getpeername(fd, address, length)) === socket.remotePort;
  });
}

/** The epoll that watches a descriptor: adding it again says that it is there already (epoll_ctl(2)). */
function findEpoll(libc: Libc, watched: number): number {
  const event = libc.allocate(16);
  return findDescriptor(libc, "epoll", (fd) => {
    const result = libc.epollControl(fd, EPOLL_CTL_ADD, watched, event);
    if (result === 0) libc.epollControl(fd, EPOLL_CTL_DEL, watched, event);
    return result === EEXIST;
  });
}

function findDescriptor(libc: Libc, what: string, matches: (fd: number) => boolean): number {
  let gap = 0;
  for (let fd = 0; gap < maxGap; fd++) {
    if (matches(fd)) return fd;
    gap = libc.fcntl(fd, F_GETFD, 0) < 0 ? gap + 1 : 0;
  }
  throw new Error(`the runtime's ${what} was not found`);
}

/** The 64 bits by which an epoll's owner knows a descriptor: proc(5), /proc/pid/fdinfo, `data`. */
function nameOf(libc: Libc, epoll: number, fd: number): Uint8Array {
  for (const line of readFile(libc, `/proc/self/fdinfo/${epoll}`).split("\n")) {
    const [, descriptor, data = ""] = /^tfd:\s*(\d+) .*data:\s*([0-9a-f]+)/.exec(line) ?? [];
    if (Number(descriptor) !== fd || descriptor === undefined) continue;
    const name = new BigUint64Array([BigInt(`0x${data}`)]);
    return new Uint8Array(name.buffer);
  }
  throw new Error("/proc does not tell what the runtime's epoll watches");
}
