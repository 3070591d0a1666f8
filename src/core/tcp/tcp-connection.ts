import { type OutcomeCode, outcomes } from "../observe/outcome.ts";
import { clientOutcomes, endpointOutcomes } from "../relay/close-outcomes.ts";
import { closeSide, type RelayOwner, RelaySide } from "../relay/relay-side.ts";
import type { Address } from "../runtime/address.ts";
import type { ConnectFailure, Pending } from "../runtime/runtime.ts";
import type { CloseReason, Socket } from "../runtime/socket.ts";
import { Deadline } from "../runtime/timer-wheel.ts";
import type { Attempt } from "../upstream/attempt.ts";
import { connectOutcomes } from "../upstream/connect-outcomes.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { Client, Refusal } from "../upstream/upstream.ts";
import type { TcpService } from "./tcp-service.ts";

/** An endpoint that ends a connection without a byte within this time has not served it, whatever the client sent. */
const quickEndMs = 1000;

/**
 * A client's connection and the one made for it to an endpoint.
 *
 * ```
 * queued ──room──▶ dialing ──connected──▶ relaying ──a FIN from one side──▶ half-closed ──the other FIN──▶ over
 *    │                │ └─failed: another endpoint, or over                     │
 *    └────────────────┴── a reset, an error, a deadline ────────────────────────┴──▶ over
 * ```
 *
 * Its one deadline in the wheel is the queue's timeout, then the connect timeout, then the idle timeout, then the fin
 * timeout.
 */
export class TcpConnection extends Deadline implements Client, RelayOwner {
  /** The endpoints of failed attempts. */
  tried: readonly Endpoint[] = noEndpoints;
  readonly clientHash: number;
  readonly #service: TcpService;
  readonly #client: RelaySide;
  /** What the listener's admission knows the connection by. */
  readonly admitted: number;
  readonly #clientAddress: Address | undefined;
  readonly #acceptedMs: number;
  #upstreamSide: RelaySide | undefined = undefined;
  /** The running attempt, or the one that the connection runs on. */
  #attempt: Attempt | undefined = undefined;
  #attempts = 0;
  /** Why the last attempt failed; what the connection ends with when there is no other to try. */
  #failure: OutcomeCode = "no-endpoint";
  #pending: Pending | undefined = undefined;
  #queued = false;
  #connectMs: number | undefined = undefined;
  /** When the upstream connection was made, then when the client first sent something on it. */
  #askedMs = 0;
  /** When a byte last moved, by the wheel's coarse time. */
  #lastActivityMs = 0;
  /** What the connection ends with when the side that still lives is over. */
  #lateOutcome: OutcomeCode = "ok";
  /** Sent by one side after the other was over. */
  #bytesInVain = 0;
  #over = false;
  /** What the client has sent before the connection was begun, and whether that was all. */
  #ahead: Uint8Array | undefined;
  readonly #endedAhead: boolean;

  /** `admitted` is what the listener's admission let the client in as; `ahead` what it has sent, `ended` that this is all. */
  constructor(service: TcpService, client: Socket, admitted: number, ahead: Uint8Array | undefined, ended: boolean) {
    super();
    this.#ahead = ahead;
    this.#endedAhead = ended;
    this.#service = service;
    this.admitted = admitted;
    this.clientHash = service.hashClient(client);
    this.#acceptedMs = service.runtime.clock.now();
    // Asked for now: some runtimes forget the peer's address when the socket closes.
    this.#clientAddress = service.onConnectionEnd === undefined ? undefined : client.remoteAddress;
    this.#client = new RelaySide(client, this, service.counters.up);
    client.handler = this.#client;
  }

  get isRetry(): boolean {
    return this.tried.length > 0;
  }

  /** Starts the first or the next attempt. The client stays paused: what it sends waits in the kernel. */
  dial(): void {
    const { upstream, wheel } = this.#service;
    const attempt = upstream.request(this);
    if (attempt === "queued") {
      this.#queued = true;
      wheel.set(this, upstream.settings.queue.timeoutMs);
    } else if (typeof attempt === "string") {
      this.refuse(attempt);
    } else {
      this.proceed(attempt);
    }
  }

  /** There is an endpoint for this connection. */
  proceed(attempt: Attempt): void {
    const { upstream, wheel, dialOptions } = this.#service;
    this.#queued = false;
    this.#attempt = attempt;
    this.#attempts++;
    wheel.set(this, upstream.settings.connectTimeoutMs);
    this.#pending = attempt.endpoint.dialer.connect(dialOptions, this);
  }

  /** There is none. A retry ends with why the attempt before it failed: that is what went wrong first. */
  refuse(reason: Refusal): void {
    this.#queued = false;
    this.#finish(this.isRetry ? this.#failure : reason);
  }

  /** The port's answer to `proceed`. */
  onConnect(socket: Socket): void {
    const { upstream, runtime, wheel, settings, counters } = this.#service;
    const now = runtime.clock.now();
    this.#pending = undefined;
    this.#connectMs = now - this.#acceptedMs;
    this.#askedMs = now;
    const client = this.#client;
    const side = new RelaySide(socket, this, counters.down);
    socket.handler = side;
    side.peer = client;
    client.peer = side;
    this.#upstreamSide = side;
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      const { endpoint } = attempt;
      upstream.connectTimes.observeMs(now - attempt.startedMs);
      endpoint.connections.add(1);
      client.endpointCount = endpoint.up;
      side.endpointCount = endpoint.down;
    }
    wheel.set(this, settings.idleTimeoutMs);
    this.touch();
    client.socket.relayTo?.(socket);
    socket.relayTo?.(client.socket);
    client.socket.resume();
    socket.resume();
    attempt?.connected();
    if (this.#ahead !== undefined) client.onData(this.#ahead);
    this.#ahead = undefined;
    if (this.#endedAhead) client.onEnd();
  }

  /** The port's other answer to `proceed`; the connect timeout comes here too. */
  onConnectError(failure: ConnectFailure): void {
    const { upstream } = this.#service;
    this.#pending = undefined;
    this.#failure = connectOutcomes[failure];
    const attempt = this.#attempt;
    this.#attempt = undefined;
    if (attempt !== undefined) {
      const { endpoint } = attempt;
      endpoint.connectFailures.add(1);
      this.tried = [...this.tried, endpoint];
      // What we ran out of ourselves says nothing about the endpoint.
      attempt.settle(failure === "resources" ? "unknown" : "failure");
      attempt.end();
    }
    if (this.#attempts > upstream.settings.connectRetries) this.#finish(this.#failure);
    else this.dial();
  }

  /** The first bytes of a side have come. */
  sideSpoke(side: RelaySide): void {
    const now = this.#service.runtime.clock.now();
    const attempt = this.#attempt;
    if (side === this.#client) {
      this.#askedMs = now;
    } else if (attempt !== undefined) {
      const connectMs = (this.#connectMs ?? 0) - (attempt.startedMs - this.#acceptedMs);
      attempt.endpoint.latency.observe(connectMs + now - this.#askedMs, now);
      attempt.settle("success");
    }
  }

  /**
   * A side sends to one that is over: that is no activity. A client that is gone is not sent to the end what it will never
   * get: an endless answer would cost the endpoint and us, and it nothing.
   */
  sideSpokeInVain(side: RelaySide, bytes: number): void {
    this.#bytesInVain += bytes;
    if (side !== this.#client && this.#bytesInVain > this.#service.settings.bufferBytes)
      this.#finish(this.#lateOutcome);
  }

  /** A byte moved. */
  touch(): void {
    this.#lastActivityMs = this.#service.wheel.coarseNowMs;
  }

  /** How much waits to be written to a side. That some of it left, the side may not have been told. */
  #look(side: RelaySide): number {
    const { bufferedBytes } = side.socket;
    if (bufferedBytes !== side.bytesWaiting) this.touch();
    side.bytesWaiting = bufferedBytes;
    return bufferedBytes;
  }

  /** A side has sent FIN, and it was passed on. */
  sideEnded(side: RelaySide): void {
    this.touch();
    if (side !== this.#client) this.#judgeSilence();
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
    if (this.#queued) {
      this.#finish(this.isRetry ? this.#failure : "queue-timeout");
      return;
    }
    if (this.#pending !== undefined) {
      this.#pending.cancel();
      this.onConnectError("timeout");
      return;
    }
    const { wheel, settings } = this.#service;
    const halfClosed = this.#client.ended || this.#upstreamSide?.ended === true;
    const bytesWait =
      this.#look(this.#client) + (this.#upstreamSide === undefined ? 0 : this.#look(this.#upstreamSide));
    // It still takes what the other side sent before its FIN: that is idling, not a missing FIN.
    const waitsForFin = halfClosed && bytesWait === 0;
    const leftMs =
      this.#lastActivityMs + (waitsForFin ? settings.finTimeoutMs : settings.idleTimeoutMs) - wheel.coarseNowMs;
    if (leftMs <= 0) this.#finish(this.#overdue(waitsForFin));
    else wheel.set(this, halfClosed ? Math.min(leftMs, settings.finTimeoutMs) : leftMs);
  }

  /** When one side is over already, that is what went wrong first. */
  #overdue(waitsForFin: boolean): OutcomeCode {
    if (this.#lateOutcome !== "ok") return this.#lateOutcome;
    return waitsForFin ? "fin-timeout" : "idle-timeout";
  }

  /**
   * The endpoint has ended the connection: without a byte from it, that is its failure, unless the client never asked for
   * anything or had finished itself. (A silence that only our deadline ends tells nothing: some protocols go one way.)
   */
  #judgeSilence(): void {
    const side = this.#upstreamSide;
    const attempt = this.#attempt;
    if (side === undefined || attempt === undefined || side.bytes > 0) return;
    if (this.#client.ended) attempt.settle(side.ended && this.#client.bytes > 0 ? "success" : "unknown");
    else if (this.#client.bytes > 0 || this.#service.runtime.clock.now() - this.#askedMs < quickEndMs) {
      attempt.settle("failure");
    }
  }

  /** Ends both sides at once, with RST where the runtime can. */
  abort(outcome: OutcomeCode): void {
    this.#finish(outcome);
  }

  /** Ends both sides likewise in a thread that is dying. Nothing is counted or given back: others do that for the dead. */
  drop(): void {
    closeSide(this.#client);
    if (this.#upstreamSide !== undefined) closeSide(this.#upstreamSide);
  }

  /** The one end of a connection: all it held is given back, both sockets are over, and it is counted once. */
  #finish(outcome: OutcomeCode): void {
    if (this.#over) return;
    this.#over = true;
    const { wheel, runtime, settings, upstream, onConnectionEnd } = this.#service;
    wheel.drop(this);
    if (this.#queued) upstream.leave(this);
    this.#pending?.cancel();
    closeSide(this.#client);
    if (this.#upstreamSide !== undefined) closeSide(this.#upstreamSide);
    if (outcomes[outcome].source === "upstream") this.#judgeSilence();
    this.#attempt?.end();
    const durationMs = runtime.clock.now() - this.#acceptedMs;
    this.#service.ended(this, outcome, durationMs);
    if (onConnectionEnd === undefined || this.#clientAddress === undefined) return;
    onConnectionEnd({
      listener: settings.name,
      upstream: upstream.settings.name,
      client: this.#clientAddress,
      endpoint: (this.#attempt?.endpoint ?? this.tried.at(-1))?.address,
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
