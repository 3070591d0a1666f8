/**
 * Node's own classes under `net.Socket`: libuv's handles. They are not documented; the shapes here are all that is used
 * of them, `loadBinding` looks whether they are there, and handle-self-test.ts whether they do what is expected.
 */
import type { HandleSocket } from "./handle-socket.ts";

/** How a handle finds its socket, so that shared functions serve all of them instead of closures each. */
export const socketOf: unique symbol = Symbol("geryon.socket");

/**
 * A TCP socket of libuv. Numbers that come back are 0, or an error of uv.h, such as -104 for ECONNRESET on Linux. Each
 * callback has the handle as `this`.
 */
export interface TcpHandle {
  [socketOf]?: HandleSocket;
  readonly fd: number;
  /** Bytes of `writeBuffer` that the kernel has not taken. */
  readonly writeQueueSize: number;
  /** Called after a read, a FIN or an error: `StreamState` has which. */
  onread: (this: TcpHandle) => void;
  /** On a listening handle. */
  onconnection: (status: number, client: TcpHandle) => void;
  /** Where reads put their bytes. */
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** Sends what fits at once; `StreamState` tells whether the rest waits, with the request alive and the bytes in use. */
  writeBuffer(request: WriteRequest, bytes: Uint8Array): number;
  shutdown(request: ShutdownRequest): number;
  connect(request: ConnectRequest, host: string, port: number): number;
  connect6(request: ConnectRequest, host: string, port: number): number;
  bind(host: string, port: number): number;
  bind6(host: string, port: number): number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, seconds: number): number;
  getpeername(into: SocketName): number;
  getsockname(into: SocketName): number;
  /** Closes with RST. When it says anything but 0, the handle can never be closed again. */
  reset(closed: (this: TcpHandle) => void): number;
  close(closed?: (this: TcpHandle) => void): void;
}

/** What getpeername(2) and getsockname(2) fill in. */
export interface SocketName {
  address?: string;
  port?: number;
}

/** A write that waits. */
export interface WriteRequest {
  oncomplete: (this: WriteRequest, status: number, handle: TcpHandle) => void;
  /** Kept here so that nobody collects it before libuv has sent it. */
  bytes: Uint8Array | undefined;
}

/** A FIN under way. */
export interface ShutdownRequest {
  oncomplete: (this: ShutdownRequest, status: number, handle: TcpHandle) => void;
}

/** A connect under way. */
export interface ConnectRequest {
  oncomplete: (this: ConnectRequest, status: number, handle: TcpHandle) => void;
}

/** Results of the last call or callback, shared by all handles. */
export type StreamState = Int32Array | Float64Array;

/** All that is used of `tcp_wrap` and `stream_wrap`. */
export interface HandleBinding {
  readonly Tcp: new (kind: number) => TcpHandle;
  /** The `kind` of a handle that connects. */
  readonly socketKind: number;
  readonly Connect: new () => ConnectRequest;
  readonly Write: new () => WriteRequest;
  readonly Shutdown: new () => ShutdownRequest;
  readonly state: StreamState;
  /** Index into `state`: how many bytes came, or the error. */
  readonly readIndex: number;
  /** Index into `state`: not 0 when the last write waits. */
  readonly writeWaitsIndex: number;
}

const handleMethods: readonly (keyof TcpHandle & string)[] = [
  "useUserBuffer",
  "readStart",
  "readStop",
  "writeBuffer",
  "shutdown",
  "connect",
  "connect6",
  "bind",
  "bind6",
  "setNoDelay",
  "setKeepAlive",
  "getpeername",
  "getsockname",
  "reset",
  "close",
];

/** The classes; throws, with the reason, where they are not as expected. */
export function loadBinding(): HandleBinding {
  const tcp = namespace("tcp_wrap");
  const stream = namespace("stream_wrap");
  const binding: HandleBinding = {
    Tcp: tcp["TCP"] as HandleBinding["Tcp"],
    socketKind: (tcp["constants"] as { readonly SOCKET: number }).SOCKET,
    Connect: tcp["TCPConnectWrap"] as HandleBinding["Connect"],
    Write: stream["WriteWrap"] as HandleBinding["Write"],
    Shutdown: stream["ShutdownWrap"] as HandleBinding["Shutdown"],
    state: stream["streamBaseState"] as StreamState,
    readIndex: stream["kReadBytesOrError"] as number,
    writeWaitsIndex: stream["kLastWriteWasAsync"] as number,
  };
  const { Tcp, state, readIndex, writeWaitsIndex } = binding;
  if (!ArrayBuffer.isView(state) || state[readIndex] === undefined || state[writeWaitsIndex] === undefined) {
    throw new Error("streamBaseState is not what it was");
  }
  const handle = new Tcp(binding.socketKind);
  try {
    const missing = handleMethods.find((name) => typeof handle[name] !== "function");
    if (missing !== undefined) throw new Error(`TCP has no ${missing}`);
  } finally {
    handle.close();
  }
  return binding;
}

/**
 * `process.binding` is the one way there. It is deprecated in words only (DEP0111), unless --pending-deprecation asks for
 * a warning; whoever asked means their own code.
 */
function namespace(name: string): Readonly<Record<string, unknown>> {
  const host = process as unknown as {
    binding(name: string): Readonly<Record<string, unknown>>;
    noDeprecation?: boolean | undefined;
  };
  const { noDeprecation } = host;
  host.noDeprecation = true;
  try {
    return host.binding(name);
  } finally {
    host.noDeprecation = noDeprecation;
  }
}
