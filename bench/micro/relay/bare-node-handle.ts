/**
 * The least that relays on libuv's handles, which Node's adapter stands on: no limits, no deadlines, no counters, and
 * errors only close. Arguments: the endpoint's port.
 */
import net from "node:net";
import { loadBinding, type TcpHandle } from "../../../src/adapters/node/handle-binding.ts";

const endpoint = Number(process.argv[2]);
const { Tcp, socketKind, Connect, Write, Shutdown, state, readIndex, writeWaitsIndex } = loadBinding();
const readBuffer = new Uint8Array(256 * 1024);
let scratch = new Uint8Array(readBuffer.byteLength);
let request = new Write();

class Side {
  readonly handle: TcpHandle;
  peer: Side | undefined = undefined;
  ended = false;
  finSent = false;
  closed = false;
  waiting = 0;

  constructor(handle: TcpHandle) {
    this.handle = handle;
    handle.useUserBuffer(readBuffer);
    handle.onread = () => this.read(state[readIndex] ?? 0);
  }

  read(count: number): void {
    const { peer } = this;
    if (this.closed || peer === undefined || count === 0) return;
    if (count > 0) {
      if (!peer.closed && !peer.write(count)) this.handle.readStop();
    } else if (count === -4095) {
      this.ended = true;
      if (!peer.closed) peer.end();
      if (this.finSent) this.close();
    } else {
      this.fail();
    }
  }

  /** Libuv keeps what it cannot send at once: that needs bytes of its own. */
  write(count: number): boolean {
    const bytes = new Uint8Array(scratch.buffer, 0, count);
    bytes.set(new Uint8Array(readBuffer.buffer, 0, count));
    const used = request;
    if (this.handle.writeBuffer(used, bytes) !== 0) {
      this.fail();
    } else if (state[writeWaitsIndex] !== 0) {
      used.bytes = bytes;
      used.oncomplete = () => {
        if (--this.waiting === 0 && this.peer?.closed === false && !this.peer.ended) this.peer.handle.readStart();
      };
      this.waiting++;
      request = new Write();
      scratch = new Uint8Array(readBuffer.byteLength);
    }
    return this.waiting === 0;
  }

  end(): void {
    if (this.ended) {
      this.close();
      return;
    }
    const fin = new Shutdown();
    fin.oncomplete = () => {
      this.finSent = true;
      if (this.ended) this.close();
    };
    this.handle.shutdown(fin);
  }

  fail(): void {
    this.close();
    this.peer?.close();
  }

  close(): void {
    if (!this.closed) this.handle.close();
    this.closed = true;
  }
}

function relay(client: TcpHandle): void {
  const upstream = new Tcp(socketKind);
  const near = new Side(client);
  const far = new Side(upstream);
  near.peer = far;
  far.peer = near;
  const connect = new Connect();
  connect.oncomplete = (status: number) => {
    if (status !== 0) {
      near.fail();
      return;
    }
    upstream.setNoDelay(true);
    client.readStart();
    upstream.readStart();
  };
  upstream.connect(connect, "127.0.0.1", endpoint);
}

const server = net.createServer();
server.listen(0, "127.0.0.1", () => {
  const { _handle: listening } = server as unknown as { readonly _handle: TcpHandle };
  listening.setNoDelay(true);
  listening.onconnection = (status, client) => {
    if (status === 0) relay(client);
  };
  console.log(`port ${(server.address() as net.AddressInfo).port}`);
});
