import type { ConnectHandler, ConnectOptions } from "../../src/core/runtime/runtime.ts";
import type { Run } from "./run-scenario.ts";
import type { LiveConnect } from "./sim-host.ts";
import type { SimSocket } from "./sim-socket.ts";

/** What of a connection can be told from outside. */
interface Turn {
  readonly upstream: string;
  /** Its place in the order in which clients were accepted. */
  readonly accepted: number;
  /** Its place in the order in which first attempts began. */
  readonly begun: number;
}

/** The proxy as its kernel sees it, over all threads: what it has open, and in which order. */
export class KernelView {
  readonly #run: Run;
  readonly #accepted = new Map<object, number>();
  readonly #begun = new Map<ConnectHandler, number>();
  /** Attempts by the address they go to. */
  readonly #attempts = new Map<string, LiveConnect[]>();
  readonly #turns: Turn[] = [];
  #events = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  accept(socket: SimSocket): void {
    this.#accepted.set(socket, this.#events++);
  }

  connect({ address }: ConnectOptions, handler: ConnectHandler, connect: LiveConnect): void {
    // What a connection tries itself: not a health check, and not an address that a name led to.
    if (!("isRetry" in handler) || address.kind !== "tcp") return;
    if (handler.isRetry === false) this.#begun.set(handler, this.#events++);
    const key = `${address.host}:${address.port}`;
    const live = (this.#attempts.get(key) ?? []).filter((one) => one.live);
    live.push(connect);
    this.#attempts.set(key, live);
    this.#checkLimit(key, live.length);
    this.#checkKnown(key);
  }

  connected(socket: SimSocket, handler: ConnectHandler): void {
    const begun = this.#begun.get(handler);
    const client = (socket.handler as { readonly peer?: { readonly socket: SimSocket } }).peer?.socket;
    const accepted = client === undefined ? undefined : this.#accepted.get(client);
    if (begun === undefined || client === undefined || accepted === undefined) return;
    const upstream = this.#upstreamOf(client);
    if (upstream !== undefined) this.#turns.push({ upstream, accepted, begun });
  }

  /** Who came first was the first to get an endpoint. */
  checkOrder(): void {
    for (const one of this.#turns)
      for (const other of this.#turns)
        if (one.upstream === other.upstream && one.accepted < other.accepted && one.begun > other.begun) {
          this.#run.report("first-come", `${one.upstream}: who came later got an endpoint earlier`);
          return;
        }
  }

  /** As many clients as the limits allow, and no more. */
  checkClients(): void {
    const { world, server, report } = this.#run;
    const clients = [...world.proxy.sockets].filter((one) => one.accepted && !one.gone);
    const { limit } = server.gate.connections;
    if (clients.length > limit)
      report("bounds-hold", `${clients.length} clients are connected, at most ${limit} may be`);
    for (const { service } of server.listeners) {
      const { name, maxConnections = Infinity } = service.settings;
      const own = clients.filter((one) => this.#listenerOf(one) === name).length;
      if (own > maxConnections)
        report("bounds-hold", `${name}: ${own} clients are connected, at most ${maxConnections} may be`);
    }
  }

  #checkLimit(key: string, count: number): void {
    const { world, server, report } = this.#run;
    // One that was taken out and added again counts anew.
    if (world.removedEndpoints.some(({ name }) => name === key)) return;
    // Nor do two endpoints know of each other when a name leads to the address of the other one.
    if (Object.values(world.scenario.names).some(({ hosts }) => hosts.some((host) => `${host}:80` === key))) return;
    const limits = server.upstreams.flatMap(({ endpoints }) =>
      endpoints.filter(({ name }) => name === key).map(({ maxConnections }) => maxConnections),
    );
    const most = limits.length === 0 ? Infinity : limits.reduce((sum, limit) => sum + limit, 0);
    if (count > most) report("bounds-hold", `${key} has ${count} connections, at most ${most} may be`);
  }

  /** Nobody connects to an endpoint that was taken out. */
  #checkKnown(key: string): void {
    const { world, server, report, workers } = this.#run;
    if (workers?.threads.settled === false || !world.removedEndpoints.some(({ name }) => name === key)) return;
    if (!server.upstreams.some(({ endpoints }) => endpoints.some(({ name }) => name === key)))
      report("removed-is-out", `a connection to ${key}, which was taken out`);
  }

  #listenerOf({ localAddress }: SimSocket): string | undefined {
    const { listeners } = this.#run.scenario.settings;
    return listeners.find(
      ({ address }) => address.kind === "tcp" && localAddress.kind === "tcp" && address.port === localAddress.port,
    )?.name;
  }

  #upstreamOf(client: SimSocket): string | undefined {
    const { listeners, upstreams } = this.#run.scenario.settings;
    const listener = this.#listenerOf(client);
    const settings = listeners.find((one) => one.name === listener);
    // Where it must first be found out what they speak, clients are not served in the order in which they came.
    const served = settings?.protocol === "tcp" ? settings.upstream : undefined;
    const upstream = upstreams.find(({ name }) => name === served);
    // Of a name the look-up comes first.
    const named = upstream?.endpoints.some(({ address }) => address.kind === "tcp" && address.host.endsWith(".test"));
    return named === true ? undefined : upstream?.name;
  }
}
