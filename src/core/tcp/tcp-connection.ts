import type { OutcomeCode } from "../observe/outcome.ts";
import type { Address } from "../runtime/address.ts";
import type { ConnectFailure, PendingConnect } from "../runtime/runtime.ts";
import { type CloseReason, ignoreSocket, type Socket } from "../runtime/socket.ts";
import { Deadline } from "../runtime/timer-wheel.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import { RelaySide } from "./relay-side.ts";
import type { TcpService } from "./tcp-service.ts";

/** The outcome of an attempt that failed, by the port's word for it. */
const connectOutcomes: Readonly<Record<ConnectFailure, OutcomeCode>> = {
  refused: "connect-refused",
  timeout: "connect-timeout",
  unreachable: "connect-unreachable",
  "not-found": "connect-not-found",
  denied: "connect-denied",
  resources: "connect-resources",
  other: "connect-failed",
};

/** The outcome of a connection one side of which was over early. `local` is ours, and has an outcome already. */
const clientOutcomes: Readonly<Record<CloseReason, OutcomeCode>> = {
  ended: "ok",
  local: "ok",
  reset: "client-reset",
  timeout: "client-timeout",
  error: "client-error",
};
const endpointOutcomes: Readonly<Record<CloseReason, OutcomeCode>> = {
  ended: "ok",
  local: "ok",
  reset: "endpoint-reset",
  timeout: "endpoint-timeout",
  error: "endpoint-error",
};

/**
 * A client's connection and the one made for it to an endpoint.
 *
 * ```
 * dialing ──connected──▶ relaying ──a FIN from one side──▶ half-closed ──the other FIN──▶ over
 *    │ └─failed: another endpoint, or over                      │
 *    └──────────── a reset, an error, a deadline ───────────────┴──▶ over
 * ```
 *
 * Its one deadline in the wheel is the connect timeout, then the idle timeout, then the fin timeout.
 */
export class TcpConnection extends Deadline {
  readonly #service: TcpService;
  readonly #client: RelaySide;
  readonly #clientAddress: Address | undefined;
  readonly #acceptedMs: number;
  #upstreamSide: RelaySide | undefined = undefined;
  /** The endpoint of the running attempt or connection, one of whose active connections this is. */
  #endpoint: Endpoint | undefined = undefined;
  #tried: readonly Endpoint[] = noEndpoints;
  #attempts = 0;
  #attemptStartedMs = 0;
  /** Why the last attempt failed; what the connection ends with when there is no other to try. */
  #failure: OutcomeCode = "no-endpoint";
  #pending: PendingConnect | undefined = undefined;
  #connectMs: number | undefined = undefined;
  /** When a byte last moved, by the wheel's coarse time. */
  #lastActivityMs = 0;
  /** How many bytes waited when the deadline last looked. */
  #bytesWaited = 0;
  /** What the connection ends with when the side that still lives is over. */
  #lateOutcome: OutcomeCode = "ok";
  #over = false;

  constructor(service: TcpService, client: Socket) {
    super();
    this.#service = service;
    this.#acceptedMs = service.runtime.clock.now();
    // Asked for now: some runtimes forget the peer's address when the socket closes.
    this.#clientAddress = service.onConnectionEnd === undefined ? undefined : client.remoteAddress;
    this.#client = new RelaySide(client, this, service.up);
    client.handler = this.#client;
  }

  /** Starts the first or the next attempt. The client stays paused: what it sends waits in the kernel. */
  dial(): void {
    const { upstream, runtime, wheel, settings } = this.#service;
    const endpoint = upstream.balancer.choose(this.#tried);
    if (endpoint === undefined) {
      this.#finish(this.#failure);
      return;
    }
    this.#endpoint = endpoint;
    endpoint.activeConnections++;
    this.#attempts++;
    if (this.#attempts > 1) upstream.retries++;
    this.#attemptStartedMs = runtime.clock.now();
    wheel.set(this, upstream.settings.connectTimeoutMs);
    this.#pending = runtime.connect(
      {
        address: endpoint.address,
        sourceAddress: upstream.settings.sourceAddress,
        keepAliveMs: settings.keepAliveMs,
        highWaterMarkBytes: settings.bufferBytes,
      },
      this,
    );
  }

  /** The port's answer to `dial`. */
  onConnect(socket: Socket): void {
    const { upstream, runtime, wheel, settings, down } = this.#service;
    const now = runtime.clock.now();
    this.#pending = undefined;
    this.#connectMs = now - this.#acceptedMs;
    upstream.connectTimes.observeMs(now - this.#attemptStartedMs);
    const client = this.#client;
    const side = new RelaySide(socket, this, down);
    socket.handler = side;
    side.peer = client;
    client.peer = side;
    this.#upstreamSide = side;
    if (this.#endpoint !== undefined) {
      this.#endpoint.totalConnections++;
      client.endpointCount = this.#endpoint.up;
      side.endpointCount = this.#endpoint.down;
    }
    wheel.set(this, settings.idleTimeoutMs);
    this.touch();
    client.socket.resume();
    socket.resume();
  }

  /** The port's other answer to `dial`; the connect timeout comes here too. */
  onConnectError(failure: ConnectFailure): void {
    this.#pending = undefined;
    this.#failure = connectOutcomes[failure];
    const endpoint = this.#endpoint;
    if (endpoint !== undefined) {
      endpoint.connectFailures++;
      endpoint.activeConnections--;
      this.#endpoint = undefined;
      this.#tried = [...this.#tried, endpoint];
    }
    if (this.#attempts > this.#service.upstream.settings.connectRetries) this.#finish(this.#failure);
    else this.dial();
  }

  /** A byte moved. */
  touch(): void {
    this.#lastActivityMs = this.#service.wheel.coarseNowMs;
  }

  /** A side has sent FIN, and it was passed on. */
  sideEnded(): void {
    this.touch();
    this.#service.wheel.set(this, this.#service.settings.finTimeoutMs);
  }

  /** A side's socket is over. */
  sideClosed(side: RelaySide, reason: CloseReason): void {
    const other = side === this.#client ? this.#upstreamSide : this.#client;
    const outcome = (side === this.#client ? clientOutcomes : endpointOutcomes)[reason];
    if (reason === "ended") {
      if (other?.closed === true) this.#finish(this.#lateOutcome);
    } else if (side.ended && other !== undefined && !other.closed) {
      // Its FIN came before: what it sent is complete, and shall arrive. What is still sent to it goes nowhere, as a
      // write to a closed socket does; it must be read all the same, for the FIN behind it.
      this.#lateOutcome = outcome;
      other.socket.resume();
    } else {
      this.#finish(this.#lateOutcome === "ok" ? outcome : this.#lateOutcome);
    }
  }

  override onDeadline(): void {
    if (this.#pending !== undefined) {
      this.#pending.cancel();
      this.onConnectError("timeout");
      return;
    }
    const { wheel, settings } = this.#service;
    const halfClosed = this.#client.ended || this.#upstreamSide?.ended === true;
    const bytesWait = this.#client.socket.bufferedBytes + (this.#upstreamSide?.socket.bufferedBytes ?? 0);
    // A slow reader shows in that less waits than at the last look.
    if (bytesWait !== this.#bytesWaited) this.touch();
    this.#bytesWaited = bytesWait;
    // It still takes what the other side sent before its FIN: that is idling, not a missing FIN.
    const waitsForFin = halfClosed && bytesWait === 0;
    const leftMs =
      this.#lastActivityMs + (waitsForFin ? settings.finTimeoutMs : settings.idleTimeoutMs) - wheel.coarseNowMs;
    if (leftMs <= 0) this.#finish(waitsForFin ? "fin-timeout" : "idle-timeout");
    else wheel.set(this, halfClosed ? Math.min(leftMs, settings.finTimeoutMs) : leftMs);
  }

  /** Ends both sides at once, with RST where the runtime can. */
  abort(outcome: OutcomeCode): void {
    this.#finish(outcome);
  }

  /** The one end of a connection: all it held is given back, both sockets are over, and it is counted once. */
  #finish(outcome: OutcomeCode): void {
    if (this.#over) return;
    this.#over = true;
    const { wheel, runtime, settings, upstream, onConnectionEnd } = this.#service;
    wheel.drop(this);
    this.#pending?.cancel();
    if (this.#endpoint !== undefined) this.#endpoint.activeConnections--;
    closeSide(this.#client);
    if (this.#upstreamSide !== undefined) closeSide(this.#upstreamSide);
    const durationMs = runtime.clock.now() - this.#acceptedMs;
    this.#service.ended(this, outcome, durationMs);
    if (onConnectionEnd === undefined || this.#clientAddress === undefined) return;
    onConnectionEnd({
      listener: settings.name,
      upstream: upstream.settings.name,
      client: this.#clientAddress,
      endpoint: this.#endpoint?.address ?? this.#tried.at(-1)?.address,
      attempts: this.#attempts,
      bytesUp: this.#client.bytes,
      bytesDown: this.#upstreamSide?.bytes ?? 0,
      connectMs: this.#connectMs,
      durationMs,
      outcome,
    });
  }
}

/** No endpoint was tried yet: shared, as most connections never try a second. */
const noEndpoints: readonly Endpoint[] = [];

/**
 * Ends a side with RST, so that it does not take a cut connection for a complete one. But a side that was sent FIN, and
 * all before it, has a complete one: of that the kernel may still have much to deliver, which RST would throw away.
 */
function closeSide(side: RelaySide): void {
  if (side.closed) return;
  side.socket.handler = ignoreSocket;
  if (side.peer?.ended === true && side.socket.bufferedBytes === 0) side.socket.destroy();
  else side.socket.reset();
}
