import type { ConnectFailure, ConnectHandler, Pending } from "../runtime/runtime.ts";
import type { Socket } from "../runtime/socket.ts";
import type { Attempt } from "../upstream/attempt.ts";
import type { AttemptResult } from "../upstream/attempt-result.ts";
import type { AnswerTaker } from "./answer-taker.ts";
import { EndpointConnection } from "./endpoint-connection.ts";
import type { HttpService } from "./http-service.ts";
import type { RouteTarget } from "./route-target.ts";

/** Who has a link: an exchange, or its hedge. */
export interface LinkOwner extends AnswerTaker {
  /** There is a new connection to the endpoint. */
  connected(connectMs: number): void;
  /** There is none; the connect timeout comes here too. */
  connectFailed(failure: ConnectFailure): void;
}

/** What an exchange holds of an endpoint: an attempt, and the connection that it is made on. One attempt at a time, whosever. */
export class EndpointLink implements ConnectHandler {
  attempt: Attempt | undefined = undefined;
  connection: EndpointConnection | undefined = undefined;
  /** The connection had served an exchange before. */
  reused = false;
  /** When the request began to leave, by the clock. */
  sentMs = 0;
  #owner: LinkOwner;
  readonly #service: HttpService;
  #target!: RouteTarget;
  #pending: Pending | undefined = undefined;

  constructor(owner: LinkOwner, service: HttpService) {
    this.#owner = owner;
    this.#service = service;
  }

  /** Nothing has come on the connection since the exchange has it. */
  get silent(): boolean {
    return this.connection?.answered !== true;
  }

  /** Takes an idle connection, unless a `fresh` one is wanted: true; or connects, and tells its owner. */
  start(attempt: Attempt, target: RouteTarget, fresh: boolean): boolean {
    const { pools } = this.#service.plane;
    const { upstream, dialOptions } = target;
    const { endpoint, startedMs } = attempt;
    this.#target = target;
    this.attempt = attempt;
    const idle = fresh ? undefined : pools.of(endpoint, upstream.settings.http.keepAlive).take();
    this.reused = idle !== undefined;
    if (idle === undefined) {
      this.#pending = endpoint.dialer.connect(dialOptions, this);
      return false;
    }
    attempt.asks();
    this.#use(idle, startedMs);
    return true;
  }

  onConnect(socket: Socket): void {
    const attempt = this.attempt as Attempt;
    const { plane, runtime, wheel } = this.#service;
    const { upstream } = this.#target;
    const now = runtime.clock.now();
    const connectMs = now - attempt.startedMs;
    this.#pending = undefined;
    upstream.connectTimes.observeMs(connectMs);
    attempt.endpoint.connections.add(1);
    attempt.asks();
    const pool = plane.pools.of(attempt.endpoint, upstream.settings.http.keepAlive);
    this.#use(new EndpointConnection(socket, pool, plane.responses, wheel.coarseNowMs), now);
    this.#owner.connected(connectMs);
    socket.resume();
  }

  onConnectError(failure: ConnectFailure): void {
    this.#pending = undefined;
    this.attempt?.endpoint.connectFailures.add(1);
    this.#owner.connectFailed(failure);
  }

  /** The connect has taken too long. */
  giveUpConnect(): void {
    this.#pending?.cancel();
    this.onConnectError("timeout");
  }

  /** The answer was whole: `again`, and the connection may serve another exchange. */
  complete(again: boolean): void {
    const { attempt, connection } = this;
    this.attempt = undefined;
    this.connection = undefined;
    // First: who waits for the place may take the connection too. What has not left would be in the way of the next request.
    if (again && connection?.closed === false && connection.socket.bufferedBytes === 0) connection.rest();
    else connection?.close();
    attempt?.end();
  }

  /** Somebody else goes on with it, in the middle of what it does. */
  passTo(owner: LinkOwner): void {
    this.#owner = owner;
    this.connection?.passTo(owner);
  }

  /** Gives the socket away; the attempt goes on. */
  release(): Socket | undefined {
    const { connection } = this;
    this.connection = undefined;
    connection?.release();
    return connection?.socket;
  }

  /** Gives all back, with what is known of the endpoint; harmless when there is nothing. */
  leave(result: AttemptResult): void {
    const { attempt, connection } = this;
    this.#pending?.cancel();
    this.#pending = undefined;
    this.attempt = undefined;
    this.connection = undefined;
    connection?.reset();
    attempt?.settle(result);
    attempt?.end();
  }

  #use(connection: EndpointConnection, nowMs: number): void {
    this.connection = connection;
    this.sentMs = nowMs;
    connection.begin(this.#owner);
  }
}
