import type { ConnectFailure, Pending } from "../../core/runtime/runtime.ts";
import { type CloseReason, ignoreSocket, type Socket } from "../../core/runtime/socket.ts";
import { Deadline } from "../../core/runtime/timer-wheel.ts";
import type { LoadRun } from "./load-run.ts";
import type { LoadError } from "./load-stats.ts";
import { firstOffset, isPattern, nextOffset, patternBytes } from "./pattern.ts";

const connectErrors: Readonly<Record<ConnectFailure, LoadError>> = {
  refused: "connect-refused",
  timeout: "connect-timeout",
  unreachable: "connect-unreachable",
  "not-found": "connect-not-found",
  resources: "connect-resources",
  denied: "connect-denied",
  other: "connect-failed",
};

const closeErrors: Readonly<Record<CloseReason, LoadError>> = {
  ended: "closed-early",
  local: "broken",
  reset: "reset",
  timeout: "broken",
  error: "broken",
};

/** After an error a client waits, so that a dead target does not spin; twice as long after each in a row. */
const minBackoffMs = 50;
const maxBackoffMs = 1000;

type State = "waiting" | "held" | "connecting" | "exchanging" | "resting" | "closing" | "ended";

/**
 * One client of a load run, which is also the handler of its sockets and its own deadline: nothing is allocated per
 * round trip but the views of what is written.
 *
 * ```
 * waiting ──▶ connecting ──▶ exchanging ──verified──▶ exchanging | resting ──▶ exchanging
 *    ▲            │              │  └─verified, and it was the connection's last──▶ closing
 *    └────────────┴── an error ──┴────────────────────── both FINs ◀──────────────────┘
 * ```
 */
export class LoadClient extends Deadline {
  readonly #run: LoadRun;
  #state: State = "waiting";
  #socket: Socket | undefined = undefined;
  #pending: Pending | undefined = undefined;
  /** The connection counts as unproven with the run. */
  #unproven = false;
  #failuresInRow = 0;
  #roundTripsLeft = 0;
  /** Where in the pattern this round trip starts. */
  #offset: number;
  #sent = 0;
  #received = 0;
  #startedMs = 0;

  constructor(run: LoadRun, id: number) {
    super();
    this.#run = run;
    this.#offset = firstOffset(id);
  }

  /** Connects, or as soon as connects are no longer held. */
  connect(): void {
    const { runtime, wheel, options, held, stopping } = this.#run;
    if (stopping) {
      this.#end();
      return;
    }
    if (held) {
      this.#state = "held";
      wheel.drop(this);
      return;
    }
    this.#state = "connecting";
    this.#unproven = true;
    this.#run.connectBegins();
    this.#startedMs = runtime.clock.now();
    wheel.set(this, options.timeoutMs);
    this.#pending = runtime.connect({ address: options.address, keepAliveMs: 0, highWaterMarkBytes: 256 * 1024 }, this);
  }

  /** Connects are no longer held. */
  released(): void {
    if (this.#state === "held") this.connect();
  }

  /** The run stops: what has begun is finished, the rest ends now. */
  stop(): void {
    if (this.#state === "waiting" || this.#state === "held") this.#end();
    else if (this.#state === "resting") this.#close();
  }

  /** Ends at once. */
  abort(): void {
    this.#dropConnection();
    this.#end();
  }

  // --- the port's calls ---

  onConnect(socket: Socket): void {
    const { runtime, stats, options } = this.#run;
    this.#pending = undefined;
    this.#socket = socket;
    stats.connections++;
    this.#roundTripsLeft = options.roundTripsPerConnection;
    socket.handler = this;
    socket.resume();
    // A connection for one round trip is measured with its connect.
    this.#exchange(this.#roundTripsLeft === 1 ? this.#startedMs : runtime.clock.now());
  }

  onConnectError(failure: ConnectFailure): void {
    this.#pending = undefined;
    this.#fail(connectErrors[failure]);
  }

  onData(bytes: Uint8Array): void {
    const { options, wheel } = this.#run;
    const received = this.#received + bytes.byteLength;
    // More than was sent, or anything between round trips, is as wrong as a wrong byte.
    if (received > this.#sent || !isPattern(this.#offset + this.#received, bytes)) {
      this.#fail("wrong-bytes");
      return;
    }
    this.#received = received;
    if (received === options.sizeBytes) this.#verified();
    else wheel.set(this, options.timeoutMs);
  }

  onDrain(): void {
    this.#send();
  }

  onEnd(): void {
    if (this.#state !== "closing") this.#fail("closed-early");
  }

  onClose(reason: CloseReason): void {
    this.#socket = undefined;
    if (this.#state !== "closing" || reason !== "ended") this.#fail(closeErrors[reason]);
    else this.connect();
  }

  override onDeadline(): void {
    switch (this.#state) {
      case "waiting":
        this.connect();
        break;
      case "connecting":
        this.#fail("connect-timeout");
        break;
      case "exchanging":
        this.#fail("no-answer");
        break;
      case "resting":
        this.#exchange(this.#run.runtime.clock.now());
        break;
      case "closing":
        this.#fail("no-close");
        break;
      case "held":
      case "ended":
        break;
    }
  }

  // --- steps ---

  /** Begins a round trip whose time counts from `startedMs`. */
  #exchange(startedMs: number): void {
    const { wheel, options } = this.#run;
    this.#state = "exchanging";
    this.#startedMs = startedMs;
    this.#offset = nextOffset(this.#offset);
    this.#sent = 0;
    this.#received = 0;
    wheel.set(this, options.timeoutMs);
    this.#send();
  }

  /** Writes until all is written or the socket has enough; answers come meanwhile, and are read. */
  #send(): void {
    const { sizeBytes } = this.#run.options;
    const socket = this.#socket;
    if (socket === undefined) return;
    while (this.#sent < sizeBytes) {
      const bytes = patternBytes(this.#offset + this.#sent, sizeBytes - this.#sent);
      this.#sent += bytes.byteLength;
      if (!socket.write(bytes)) return;
    }
  }

  #verified(): void {
    const run = this.#run;
    const now = run.runtime.clock.now();
    run.stats.roundTrip(now - this.#startedMs);
    run.lastRoundTripMs = now;
    this.#failuresInRow = 0;
    this.#roundTripsLeft--;
    if (this.#unproven) this.#proven();
    if (this.#roundTripsLeft === 0 || run.stopping) {
      this.#close();
    } else if (run.options.pauseMs === 0) {
      this.#exchange(now);
    } else {
      this.#state = "resting";
      // Not all for the same time, or the clients would come in waves.
      run.wheel.set(this, run.options.pauseMs * (0.5 + run.runtime.random.next()));
    }
  }

  /** FIN, and wait for the peer's. */
  #close(): void {
    this.#state = "closing";
    this.#run.wheel.set(this, this.#run.options.timeoutMs);
    this.#socket?.end();
  }

  #fail(error: LoadError): void {
    const { stats, wheel, stopping } = this.#run;
    this.#dropConnection();
    stats.errors[error]++;
    if (stopping) {
      this.#end();
      return;
    }
    this.#state = "waiting";
    wheel.set(this, Math.min(minBackoffMs * 2 ** this.#failuresInRow, maxBackoffMs));
    this.#failuresInRow++;
  }

  #dropConnection(): void {
    this.#pending?.cancel();
    this.#pending = undefined;
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) {
      socket.handler = ignoreSocket;
      socket.reset();
    }
    if (this.#unproven) this.#proven();
  }

  #proven(): void {
    this.#unproven = false;
    this.#run.connectProven();
  }

  #end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#run.wheel.drop(this);
    this.#run.clientEnded();
  }
}
