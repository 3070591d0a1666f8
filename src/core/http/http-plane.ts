import { ByteWriter } from "../bytes/byte-writer.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { HttpDate } from "./forward/wall-time.ts";
import { RequestIds } from "./forward/request-id.ts";
import type { TimerWheel } from "../runtime/timer-wheel.ts";
import { answerLimits } from "../wire/answer-limits.ts";
import { ResponseParser } from "../wire/response-parser.ts";
import { ConnectionPools } from "./connection-pool.ts";

/** So many buffers wait to be used again; more are made as needed. */
const maxSpareBuffers = 256;
const bufferBytes = 2048;
/** What grew beyond this is not kept. */
const maxSpareBytes = 16 * 1024;

/** Where a request is kept that may have to be sent again. */
export class RequestBuffer extends ByteWriter {
  /** A socket still reads from it: its memory is not used again. */
  lent = false;
}

/** What the http services of a thread share: connections to endpoints, and buffers. */
export class HttpPlane {
  readonly runtime: Runtime;
  readonly wheel: TimerWheel;
  readonly pools: ConnectionPools;
  readonly responses: ResponseParser = new ResponseParser(answerLimits);
  /** Where heads and chunks are put together, to be sent at once. Empty between two events. */
  readonly out: ByteWriter = new ByteWriter(64 * 1024);
  /** The target of the request whose head is being written. */
  readonly target: ByteWriter = new ByteWriter(1024);
  readonly date: HttpDate;
  readonly requestIds: RequestIds;
  readonly #spare: RequestBuffer[] = [];

  constructor(runtime: Runtime, wheel: TimerWheel) {
    this.runtime = runtime;
    this.wheel = wheel;
    this.date = new HttpDate(runtime.clock);
    this.requestIds = new RequestIds(runtime.random);
    this.pools = new ConnectionPools(wheel);
  }

  /** An empty buffer, for a request that may have to be sent again. */
  takeBuffer(): RequestBuffer {
    return this.#spare.pop() ?? new RequestBuffer(bufferBytes);
  }

  /** A buffer that is not needed any more. */
  giveBuffer(buffer: RequestBuffer): void {
    if (buffer.lent || this.#spare.length === maxSpareBuffers || buffer.bytes.length > maxSpareBytes) return;
    buffer.clear();
    this.#spare.push(buffer);
  }
}
