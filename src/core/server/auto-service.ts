import { joined } from "../bytes/joined.ts";
import type { HttpService } from "../http/http-service.ts";
import type { Admission } from "../limits/admission.ts";
import type { OutcomeCode } from "../observe/outcome.ts";
import type { ServiceCounters } from "../observe/service-counters.ts";
import { clientOutcomes } from "../relay/close-outcomes.ts";
import { type CloseReason, ignoreSocket, type Socket, type SocketHandler } from "../runtime/socket.ts";
import { Deadline, type TimerWheel } from "../runtime/timer-wheel.ts";
import type { TcpService } from "../tcp/tcp-service.ts";
import { looksLikeHttp } from "./looks-like-http.ts";
import type { AutoListenerSettings } from "./settings.ts";

/** What the two services of an auto listener have in common. */
export interface AutoContext {
  readonly wheel: TimerWheel;
  readonly admission: Admission;
  readonly counters: ServiceCounters;
  /** Called whenever the last connection of this thread is over. */
  readonly onIdle: () => void;
}

/** What an auto listener serves with: looks at how a connection begins, and gives it to the service that speaks that. */
export class AutoService {
  readonly settings: AutoListenerSettings;
  readonly tcp: TcpService;
  readonly http: HttpService;
  readonly wheel: TimerWheel;
  readonly admission: Admission;
  readonly counters: ServiceCounters;
  readonly #onIdle: () => void;
  readonly #undecided = new Set<Detection>();

  /** The services count into the same `counters`, and let in by the same `admission`. */
  constructor(settings: AutoListenerSettings, services: { tcp: TcpService; http: HttpService }, context: AutoContext) {
    this.settings = settings;
    this.tcp = services.tcp;
    this.http = services.http;
    this.wheel = context.wheel;
    this.admission = context.admission;
    this.counters = context.counters;
    this.#onIdle = context.onIdle;
  }

  /** The connections that run in this thread. */
  get connections(): ReadonlySet<{ abort(outcome: OutcomeCode): void; drop(): void }> {
    return new Set([...this.#undecided, ...this.tcp.connections, ...this.http.connections]);
  }

  /** Serves a client that has just connected, or refuses it with RST when a limit says so. */
  serve(client: Socket): void {
    this.counters.clients.add(1);
    const admitted = this.admission.enter(client);
    if (typeof admitted !== "number") {
      this.counters.outcomes[admitted].add(1);
      client.reset();
      return;
    }
    this.#undecided.add(new Detection(this, client, admitted));
  }

  /** Takes no new requests: see `HttpService`. */
  drain(): void {
    this.http.drain();
  }

  /** It is known what the client speaks: goes on with what it has sent, and whether it has ended. */
  decide(detection: Detection, protocol: "tcp" | "http", ahead: Uint8Array | undefined, ended: boolean): void {
    const { client, admitted } = detection;
    this.#undecided.delete(detection);
    this[protocol].take(client, admitted, ahead, ended);
  }

  /** The client has left before it was known. */
  lost(detection: Detection, outcome: OutcomeCode): void {
    this.#undecided.delete(detection);
    this.counters.outcomes[outcome].add(1);
    this.admission.leave(detection.admitted);
    if (this.#undecided.size + this.tcp.connections.size + this.http.connections.size === 0) this.#onIdle();
  }
}

/** A connection of which it is not known yet what it speaks. */
class Detection extends Deadline implements SocketHandler {
  readonly client: Socket;
  readonly admitted: number;
  readonly #service: AutoService;
  #ahead: Uint8Array | undefined = undefined;

  constructor(service: AutoService, client: Socket, admitted: number) {
    super();
    this.#service = service;
    this.client = client;
    this.admitted = admitted;
    client.handler = this;
    service.wheel.set(this, service.settings.detectTimeoutMs);
    client.resume();
  }

  onData(bytes: Uint8Array): void {
    const { http } = this.#service.settings;
    const ahead = this.#ahead === undefined ? bytes.slice() : joined(this.#ahead, bytes);
    this.#ahead = ahead;
    const verdict = looksLikeHttp(ahead);
    if (verdict !== undefined) this.#decide(verdict ? "http" : "tcp", false);
    // No other protocol has such a line: HTTP says what is wrong with it.
    else if (ahead.length > http.maxLineBytes) this.#decide("http", false);
  }

  onDrain(): void {}

  onEnd(): void {
    this.#decide("tcp", true);
  }

  onClose(reason: CloseReason): void {
    this.#service.wheel.drop(this);
    this.#service.lost(this, clientOutcomes[reason]);
  }

  /** It waits for the other side to begin. */
  override onDeadline(): void {
    this.#decide("tcp", false);
  }

  abort(outcome: OutcomeCode): void {
    this.#service.wheel.drop(this);
    this.drop();
    this.#service.lost(this, outcome);
  }

  drop(): void {
    this.client.handler = ignoreSocket;
    this.client.reset();
  }

  #decide(protocol: "tcp" | "http", ended: boolean): void {
    this.#service.wheel.drop(this);
    this.client.pause();
    this.#service.decide(this, protocol, this.#ahead, ended);
  }
}
