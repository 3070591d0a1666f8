/**
 * Connecting to the first of several addresses that answers: RFC 8305, "Happy Eyeballs Version 2". The part that
 * resolves is not here: the addresses are known.
 */
import type { Timer } from "../runtime/clock.ts";
import type {
  ConnectFailure,
  ConnectHandler,
  ConnectOptions,
  Pending,
  Runtime,
  SocketOptions,
} from "../runtime/runtime.ts";

/** How to connect, all but where to. */
export interface DialOptions extends SocketOptions {
  /** The local IP address to connect from. */
  readonly sourceAddress?: string | undefined;
  /** Takes the place of the address's own port; a unix address has none. */
  readonly port?: number | undefined;
}

/** RFC 8305 section 5: the recommended Connection Attempt Delay. */
export const attemptDelayMs = 250;

/** When attempts fail for several reasons, the one that says most about the peer is told. */
const byTelling: readonly ConnectFailure[] = [
  "other",
  "unreachable",
  "not-found",
  "denied",
  "resources",
  "timeout",
  "refused",
];

/** Whether an IP literal is one of IPv6. */
export function isIpv6(host: string): boolean {
  return host.includes(":");
}

/** The same IP addresses so that the families alternate, the first one's family first (RFC 8305 section 4). */
export function alternateFamilies(hosts: readonly string[]): readonly string[] {
  const [first] = hosts;
  if (first === undefined) return hosts;
  const preferred = hosts.filter((host) => isIpv6(host) === isIpv6(first));
  const others = hosts.filter((host) => isIpv6(host) !== isIpv6(first));
  const longer = Math.max(preferred.length, others.length);
  return Array.from({ length: longer }, (_, index) => [preferred[index], others[index]])
    .flat()
    .filter((host) => host !== undefined);
}

/**
 * Connects to one of the IP addresses `hosts`, of which there is at least one, in their order: the next one when none
 * has connected for 250 ms or one has failed. The first to connect wins, the others are given up. When all failed, the
 * most telling failure is told. Otherwise as `Runtime.connect`.
 */
export function connectFirst(
  hosts: readonly string[],
  port: number,
  options: DialOptions,
  runtime: Runtime,
  handler: ConnectHandler,
): Pending {
  const [first] = hosts;
  if (first !== undefined && hosts.length === 1) return runtime.connect(connectOptions(first, port, options), handler);
  return new Race(hosts, port, options, runtime, handler);
}

function connectOptions(host: string, port: number, options: DialOptions): ConnectOptions {
  return {
    address: { kind: "tcp", host, port },
    sourceAddress: options.sourceAddress,
    keepAliveMs: options.keepAliveMs,
    highWaterMarkBytes: options.highWaterMarkBytes,
  };
}

class Race implements Pending {
  readonly #hosts: readonly string[];
  readonly #port: number;
  readonly #options: DialOptions;
  readonly #runtime: Runtime;
  readonly #handler: ConnectHandler;
  readonly #attempts = new Set<Pending>();
  #started = 0;
  #timer: Timer | undefined;
  #failure: ConnectFailure = "other";

  constructor(hosts: readonly string[], port: number, options: DialOptions, runtime: Runtime, handler: ConnectHandler) {
    this.#hosts = hosts;
    this.#port = port;
    this.#options = options;
    this.#runtime = runtime;
    this.#handler = handler;
    this.#attempt();
  }

  cancel(): void {
    this.#timer?.cancel();
    for (const attempt of this.#attempts) attempt.cancel();
    this.#attempts.clear();
  }

  #attempt(): void {
    const host = this.#hosts[this.#started];
    if (host === undefined) return;
    this.#started++;
    const attempt = this.#runtime.connect(connectOptions(host, this.#port, this.#options), {
      onConnect: (socket) => {
        this.#attempts.delete(attempt);
        this.cancel();
        this.#handler.onConnect(socket);
      },
      onConnectError: (failure) => {
        this.#attempts.delete(attempt);
        this.#failed(failure);
      },
    });
    this.#attempts.add(attempt);
    if (this.#started < this.#hosts.length) {
      this.#timer = this.#runtime.clock.after(attemptDelayMs, () => this.#attempt());
    }
  }

  #failed(failure: ConnectFailure): void {
    if (byTelling.indexOf(failure) > byTelling.indexOf(this.#failure)) this.#failure = failure;
    if (this.#started < this.#hosts.length) {
      this.#timer?.cancel();
      this.#attempt();
    } else if (this.#attempts.size === 0) {
      this.#handler.onConnectError(this.#failure);
    }
  }
}
