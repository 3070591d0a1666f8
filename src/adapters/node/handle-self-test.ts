/**
 * Whether libuv's handles, which Node does not document, do what handle-socket.ts expects: asked once, when the adapter
 * is loaded, in some milliseconds over loopback.
 */
import type { Listener, ListenOptions } from "../../core/runtime/runtime.ts";
import { errorCode } from "../compat/error-codes.ts";
import { inTime } from "../compat/in-time.ts";
import { check, Trial } from "../compat/trial.ts";
import { type HandleBinding, loadBinding } from "./handle-binding.ts";
import { handleConnect } from "./handle-connect.ts";
import { HandleKit, HandleSocket } from "./handle-socket.ts";
import { nodeListen } from "./listen.ts";

/** One send copies up to 16 KiB and takes more another way; both are tried. */
const chunks = [new Uint8Array(100), new Uint8Array(20_000)] as const;
const sentBytes = 20_100;

const loopback: ListenOptions = {
  keepAliveMs: 60_000,
  highWaterMarkBytes: 1,
  address: { kind: "tcp", host: "127.0.0.1", port: 0 },
  backlog: 16,
  ipv6Only: false,
  reusePort: false,
};

/** The kit when all is well. */
export interface HandleVerdict {
  readonly kit: HandleKit | undefined;
  /** What is not well; empty when all is. */
  readonly fault: string;
}

/** Tries all that the sockets will do. Never rejects. `load` is for tests. */
export async function tryHandles(load: () => HandleBinding = loadBinding): Promise<HandleVerdict> {
  const opened: (() => void)[] = [];
  try {
    const kit = new HandleKit(load());
    await inTime(trySockets(kit, opened), "an event never came");
    return { kit, fault: "" };
  } catch (error) {
    return { kit: undefined, fault: error instanceof Error ? error.message : errorCode(error) };
  } finally {
    for (const close of opened) close();
  }
}

/** `opened` takes what is to be called when it is over, well or not. */
async function trySockets(kit: HandleKit, opened: (() => void)[]): Promise<void> {
  const accepted: Trial[] = [];
  let wake = (): void => {};
  const keep = (trial: Trial): Trial => {
    opened.push(() => trial.socket.destroy());
    return trial;
  };
  const listener = await nodeListen(kit)(loopback, {
    onAccept: (socket) => {
      accepted.push(keep(new Trial(socket)));
      wake();
    },
    onAcceptError: () => {},
  });
  opened.push(() => void listener.close());
  const next = async (): Promise<Trial> => {
    if (accepted.length === 0) await new Promise<void>((resolve) => void (wake = resolve));
    return accepted.shift() as Trial;
  };
  const hasty = keep(writeWhileConnecting(kit, listener));
  await tryTransfer(hasty, await next());
  for (const afterEnd of [false, true]) {
    const client = keep(await connect(kit, listener));
    await tryReset(client, await next(), afterEnd);
  }
}

/** What is written before the connect is through must wait: the cheap way to see that it is told. */
function writeWhileConnecting(kit: HandleKit, { address }: Listener): Trial {
  const { Tcp, socketKind, Connect } = kit.binding;
  const handle = new Tcp(socketKind);
  const request = new Connect();
  request.oncomplete = () => {};
  check(address.kind === "tcp" && handle.connect(request, address.host, address.port) === 0, "no connect");
  const client = new Trial(new HandleSocket(kit, handle, loopback));
  check(!client.socket.write(chunks[0]) && !client.socket.write(chunks[1]), "a write does not wait");
  check(client.socket.bufferedBytes === sentBytes, "what waits is not counted");
  return client;
}

/** Drain and FIN; then bytes and FIN the other way. */
async function tryTransfer(client: Trial, served: Trial): Promise<void> {
  check(served.socket instanceof HandleSocket, "net.Server takes the clients");
  const { remoteAddress, localAddress } = served.socket;
  check(remoteAddress.kind === "tcp" && remoteAddress.host === "127.0.0.1", "getpeername tells something else");
  check(localAddress.kind === "tcp" && localAddress.port > 0, "getsockname tells something else");
  served.socket.resume();
  await client.drained.promise;
  client.socket.end();
  await served.ended.promise;
  check(served.received === sentBytes, "bytes are lost");
  for (const chunk of chunks) served.socket.write(chunk);
  served.socket.end();
  client.socket.resume();
  await client.ended.promise;
  check(client.received === sentBytes, "bytes are lost after a FIN");
  const reasons = await Promise.all([client.closed.promise, served.closed.promise]);
  check(reasons.join(" ") === "ended ended", `two FINs are told as ${reasons.join(" ")}`);
}

/** RST, also right after our `end`: the one moment in which `TCP.reset` must not be asked. */
async function tryReset(client: Trial, served: Trial, afterEnd: boolean): Promise<void> {
  if (afterEnd) client.socket.end();
  client.socket.reset();
  check((await client.closed.promise) === "local", "a reset is told otherwise");
  // After a FIN, the kernel shows a reset to writes only.
  if (afterEnd) return;
  served.socket.resume();
  check((await served.closed.promise) === "reset", "the peer's reset is told otherwise");
}

function connect(kit: HandleKit, { address }: Listener): Promise<Trial> {
  return new Promise((resolve, reject) => {
    handleConnect(kit)(
      { ...loopback, address },
      {
        onConnect: (socket) => resolve(new Trial(socket)),
        onConnectError: (failure) => reject(new Error(`a connect is told as ${failure}`)),
      },
    );
  });
}
