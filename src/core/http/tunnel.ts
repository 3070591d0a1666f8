import type { Counter } from "../memory/counter.ts";
import type { OutcomeCode } from "../observe/outcome.ts";
import { clientOutcomes, endpointOutcomes } from "../relay/close-outcomes.ts";
import { closeSide, type RelayOwner, RelaySide } from "../relay/relay-side.ts";
import { type CloseReason, ignoreSocket, type Socket } from "../runtime/socket.ts";
import { Deadline } from "../runtime/timer-wheel.ts";
import type { Endpoint } from "../upstream/endpoint.ts";
import type { HttpService } from "./http-service.ts";
import { goingAway, WebSocketFrames } from "./websocket-frames.ts";

/** What a tunnel begins with. */
export interface TunnelSockets {
  readonly client: Socket;
  readonly endpoint: Socket;
  /** What the client has sent already. */
  readonly ahead: Uint8Array | undefined;
  /** Its FIN came already. */
  readonly clientEnded: boolean;
  /** What the last write to the client said. */
  readonly room: boolean;
  /** What both have switched to, in lower case. */
  readonly protocol: string;
}

/** Told once that a tunnel is over; both its sockets are, then. */
export interface TunnelOwner {
  tunnelOver(outcome: OutcomeCode): void;
}

/**
 * What an exchange becomes when both sides have switched protocols (RFC 9110 section 7.8): bytes go both ways, and are
 * nobody's business. It ends when both sides have ended, at the first reset or error, or when nothing moves for long.
 */
export class Tunnel extends Deadline implements RelayOwner {
  readonly #service: HttpService;
  readonly #owner: TunnelOwner;
  readonly #client: RelaySide;
  readonly #endpoint: RelaySide;
  /** Of the endpoint's; undefined when it is no WebSocket. */
  readonly #frames: WebSocketFrames | undefined;
  readonly #idleTimeoutMs: number;
  #lastActivityMs: number;
  #bytesInVain = 0;
  #over = false;

  constructor(
    service: HttpService,
    sockets: TunnelSockets,
    endpoint: Endpoint,
    idleTimeoutMs: number,
    owner: TunnelOwner,
  ) {
    super();
    this.#service = service;
    this.#owner = owner;
    this.#idleTimeoutMs = idleTimeoutMs;
    this.#client = new RelaySide(sockets.client, this, service.counters.up);
    // Only what passes through memory is followed.
    this.#frames = sockets.protocol === "websocket" ? new WebSocketFrames() : undefined;
    this.#endpoint =
      this.#frames === undefined
        ? new RelaySide(sockets.endpoint, this, service.counters.down)
        : new FollowedSide(sockets.endpoint, this, service.counters.down, this.#frames);
    this.#client.peer = this.#endpoint;
    this.#endpoint.peer = this.#client;
    this.#client.endpointCount = endpoint.up;
    this.#endpoint.endpointCount = endpoint.down;
    this.#lastActivityMs = service.wheel.coarseNowMs;
    service.wheel.set(this, idleTimeoutMs);
    sockets.client.handler = this.#client;
    sockets.endpoint.handler = this.#endpoint;
    sockets.client.relayTo?.(sockets.endpoint);
    if (this.#frames === undefined) sockets.endpoint.relayTo?.(sockets.client);
    sockets.client.resume();
    if (sockets.room) sockets.endpoint.resume();
    else sockets.endpoint.pause();
    if (sockets.ahead !== undefined) this.#client.onData(sockets.ahead);
    if (sockets.clientEnded) this.#client.onEnd();
  }

  /** What the endpoint sent right behind its answer. */
  begin(bytes: Uint8Array): void {
    this.#endpoint.onData(bytes);
  }

  /** From the client, and from the endpoint. */
  get bytesUp(): number {
    return this.#client.bytes;
  }

  get bytesDown(): number {
    return this.#endpoint.bytes;
  }

  sideSpoke(): void {}

  sideSpokeInVain(side: RelaySide, bytes: number): void {
    this.#bytesInVain += bytes;
    if (side !== this.#client && this.#bytesInVain > this.#service.settings.bufferBytes) this.end("ok");
  }

  touch(): void {
    this.#lastActivityMs = this.#service.wheel.coarseNowMs;
  }

  sideEnded(): void {
    this.touch();
    this.#service.wheel.set(this, this.#service.settings.finTimeoutMs);
  }

  sideClosed(side: RelaySide, reason: CloseReason): void {
    const other = side === this.#client ? this.#endpoint : this.#client;
    if (reason === "ended" && !other.closed) return;
    this.end((side === this.#client ? clientOutcomes : endpointOutcomes)[reason]);
  }

  override onDeadline(): void {
    const { wheel, settings } = this.#service;
    const halfClosed = this.#client.ended || this.#endpoint.ended;
    for (const side of [this.#client, this.#endpoint]) {
      const { bufferedBytes } = side.socket;
      if (bufferedBytes !== side.bytesWaiting) this.touch();
      side.bytesWaiting = bufferedBytes;
    }
    const timeoutMs = halfClosed ? settings.finTimeoutMs : this.#idleTimeoutMs;
    const leftMs = this.#lastActivityMs + timeoutMs - wheel.coarseNowMs;
    if (leftMs > 0) wheel.set(this, leftMs);
    else this.end(halfClosed ? "fin-timeout" : "idle-timeout");
  }

  /** Ends both sides now: with RST, unless they have ended. */
  end(outcome: OutcomeCode): void {
    if (this.#over) return;
    this.#over = true;
    this.#service.wheel.drop(this);
    if (outcome === "drain-timeout") this.#sayGoodbye();
    closeSide(this.#client);
    closeSide(this.#endpoint);
    this.#owner.tunnelOver(outcome);
  }

  /** A WebSocket's client is told that it may come again elsewhere, where a frame may stand now. */
  #sayGoodbye(): void {
    const frames = this.#frames;
    const { socket, closed } = this.#client;
    // Behind the FIN of the endpoint, which was passed on, nothing may follow.
    if (frames === undefined || closed || this.#endpoint.ended || frames.closed || !frames.atBoundary) return;
    socket.write(goingAway);
    if (socket.bufferedBytes > 0) return;
    // With RST it might not arrive.
    this.#client.closed = true;
    socket.handler = ignoreSocket;
    socket.destroy();
  }
}

/** A side whose frames are followed. */
class FollowedSide extends RelaySide {
  readonly #frames: WebSocketFrames;

  constructor(socket: Socket, owner: RelayOwner, count: Counter, frames: WebSocketFrames) {
    super(socket, owner, count);
    this.#frames = frames;
  }

  override onData(bytes: Uint8Array): void {
    this.#frames.pass(bytes);
    super.onData(bytes);
  }
}
