/**
 * Whether the reactor works in this thread: asked once, before anything relies on it, in some milliseconds over loopback.
 * What libc does, `libc-self-test.ts` has asked before.
 */
import { formatAddress } from "../../core/runtime/address.ts";
import type { Listener, ListenOptions, Runtime } from "../../core/runtime/runtime.ts";
import { inTime } from "../compat/in-time.ts";
import { check, Trial } from "../compat/trial.ts";
import { AF_INET, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from "./linux.ts";
import type { Reactor } from "./reactor.ts";
import type { RunningReactor } from "./start-reactor.ts";
import { writeSocketAddress } from "./socket-address.ts";

/** More than one piece on its way to the kernel. */
const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);

const loopback: ListenOptions = {
  keepAliveMs: 60_000,
  highWaterMarkBytes: 1,
  address: { kind: "tcp", host: "127.0.0.1", port: 0 },
  backlog: 16,
  ipv6Only: false,
  reusePort: false,
};

/** Tries what the sockets will do. Rejects with what is not well; nothing of it stays open. */
export async function testReactor(running: RunningReactor): Promise<void> {
  const opened: (() => void)[] = [];
  try {
    await trySockets(running, opened);
  } finally {
    for (const close of opened) close();
    // What was closed is told in the next turn: a reactor must not be stopped before.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** `opened` takes what is to be called when it is over, well or not. */
async function trySockets({ reactor, runtime }: RunningReactor, opened: (() => void)[]): Promise<void> {
  const accepted: PatternTrial[] = [];
  let wake = (): void => {};
  const listener = await runtime.listen(loopback, {
    onAccept: (socket) => {
      opened.push(() => socket.destroy());
      accepted.push(new PatternTrial(socket));
      wake();
    },
    onAcceptError: () => {},
  });
  opened.push(() => void listener.close());
  const next = async (fault: string): Promise<PatternTrial> => {
    if (accepted.length === 0) await inTime(new Promise<void>((resolve) => void (wake = resolve)), fault);
    return accepted.shift() as PatternTrial;
  };
  for (let round = 0; round < 2; round++) {
    // Only then is the waiting left to the runtime's loop.
    while (!reactor.loop.rests) await new Promise((resolve) => setTimeout(resolve, 1));
    connectUnseen(reactor, listener, opened);
    await next("events do not wake the runtime's loop");
  }
  const client = await connect(runtime, listener, opened);
  await tryTransfer(client, await next("a client is not accepted"));
  const other = await connect(runtime, listener, opened);
  await tryReset(other, await next("a client is not accepted"));
}

/** A client that the reactor knows nothing of. */
function connectUnseen({ libc, address: block }: Reactor, { address }: Listener, opened: (() => void)[]): void {
  const fd = libc.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  check(fd >= 0, "there is no socket to be had");
  opened.push(() => void libc.close(fd));
  libc.connect(fd, block, writeSocketAddress(address, block.bytes));
}

/** Bytes, drain and FIN; then bytes and FIN the other way. */
async function tryTransfer(client: PatternTrial, served: PatternTrial): Promise<void> {
  const { remoteAddress, localAddress } = served.socket;
  const { localAddress: clientAddress } = client.socket;
  check(formatAddress(remoteAddress) === formatAddress(clientAddress), "a peer has another address than it says");
  check(formatAddress(localAddress) === formatAddress(client.socket.remoteAddress), "a socket has another address");
  for (const [from, to] of [
    [client, served],
    [served, client],
  ] as const) {
    from.socket.write(bytes);
    from.socket.end();
    to.socket.resume();
    await inTime(to.ended.promise, "a FIN is never told");
    check(to.intact && to.received === bytes.byteLength, "other bytes arrive than were sent");
  }
  const reasons = await inTime(Promise.all([client.closed.promise, served.closed.promise]), "a close is never told");
  check(reasons.join(" ") === "ended ended", `two FINs are told as ${reasons.join(" and ")}`);
}

async function tryReset(client: PatternTrial, served: PatternTrial): Promise<void> {
  served.socket.resume();
  client.socket.reset();
  const reasons = await inTime(Promise.all([client.closed.promise, served.closed.promise]), "a reset is never told");
  check(reasons.join(" ") === "local reset", `a reset is told as ${reasons.join(" and ")}`);
}

async function connect(runtime: Runtime, { address }: Listener, opened: (() => void)[]): Promise<PatternTrial> {
  const connected = new Promise<PatternTrial>((resolve, reject) => {
    const pending = runtime.connect(
      { ...loopback, address },
      {
        onConnect: (socket) => {
          opened.push(() => socket.destroy());
          resolve(new PatternTrial(socket));
        },
        onConnectError: (failure) => reject(new Error(`a connect is told as ${failure}`)),
      },
    );
    opened.push(() => pending.cancel());
  });
  return await inTime(connected, "a connect is never told");
}

/** Looks at each byte. */
class PatternTrial extends Trial {
  intact = true;

  override onData(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.byteLength; at++) this.intact &&= chunk[at] === bytes[this.received + at];
    super.onData(chunk);
  }
}
