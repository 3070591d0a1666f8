import type { ConnectHandler } from "../../src/core/runtime/runtime.ts";
import type { Endpoint } from "../../src/core/upstream/endpoint.ts";
import type { EventQueue } from "./event-queue.ts";
import type { HttpClientPlan } from "./http-plan.ts";
import { HttpTraffic } from "./http-traffic.ts";
import { Peer, type PeerKind } from "./peer.ts";
import type { ConnectionPlan, EndpointMode, EndpointPlan, Scenario, SidePlan } from "./scenario.ts";
import { SimHost } from "./sim-host.ts";
import { type Report, SimNetwork, type Trace } from "./sim-network.ts";
import { SimListener } from "./sim-listener.ts";
import { SimRuntime } from "./sim-runtime.ts";
import { SimSocket } from "./sim-socket.ts";
import type { SimThreads } from "./sim-threads.ts";

export const proxyIp = "192.0.2.1";

/** A scenario that says nothing of descriptors has more than it can use. */
const plentyOfDescriptors = 100_000;

const peerSocketOptions = { keepAliveMs: 0, highWaterMarkBytes: 65_536 };

/** Numbers of the clients that come after all faults start here. */
export const firstLateId = 100_000;
const quietSide: SidePlan = {
  bytes: 100,
  chunkBytes: 100,
  gapMs: 0,
  waits: false,
  echoes: false,
  end: "last",
  abortAfterBytes: 0,
  stallBytes: 0,
  stallMs: 0,
};

/** A client of the scenario, and what became of it. */
export interface ClientRun {
  readonly plan: ConnectionPlan;
  /** Undefined: the connect failed, or is not over. */
  peer: Peer | undefined;
  /** `host:port` by which the proxy knows it. */
  address: string | undefined;
  /** It could not connect. */
  failed: boolean;
}

/** A process that takes connections behind the proxy. */
interface EndpointHost {
  readonly host: SimHost;
  readonly ports: Set<number>;
  mode: EndpointMode;
}

/** One end of a connection outside the proxy. */
interface End {
  readonly socket: SimSocket;
  finish(): void;
  abort(how: "reset" | "destroy"): void;
}

/** All machines of a scenario: the proxy's, the clients' and the endpoints'. */
export class World {
  readonly scenario: Scenario;
  readonly queue: EventQueue;
  readonly network: SimNetwork;
  readonly proxy: SimHost;
  readonly runtime: SimRuntime;
  /** A thread of the proxy may stand still until then. */
  stalledUntilMs = 0;
  /** The proxy's other threads; undefined when it has none. */
  threads: SimThreads | undefined = undefined;
  readonly clients: readonly ClientRun[];
  /** What speaks HTTP; undefined in a scenario that does not. */
  readonly http: HttpTraffic | undefined;
  readonly endpointPeers: Peer[] = [];
  /** Endpoints that were taken out while the proxy ran: what they counted must come to zero all the same. */
  readonly removedEndpoints: Endpoint[] = [];
  readonly #report: Report;
  readonly #clientHosts = new Map<string, SimHost>();
  readonly #endpointHosts = new Map<string, EndpointHost>();
  readonly #clientsById = new Map<number, ClientRun>();

  constructor(scenario: Scenario, queue: EventQueue, report: Report, trace: Trace | undefined) {
    this.scenario = scenario;
    this.queue = queue;
    this.#report = report;
    this.network = new SimNetwork(queue, scenario.network, { seed: scenario.seed, report, trace });
    this.proxy = new SimHost("proxy", proxyIp, this.network, 3, true);
    this.proxy.maxDescriptors = scenario.maxDescriptors ?? plentyOfDescriptors;
    this.runtime = new SimRuntime(this.proxy.mainThread, this.network.dice(2));
    for (const [name, entry] of Object.entries(scenario.names)) this.network.dns.set(name, entry);
    this.clients = scenario.connections.map((plan) => ({ plan, peer: undefined, address: undefined, failed: false }));
    for (const client of this.clients) this.#clientsById.set(client.plan.id, client);
    for (const key of Object.keys(scenario.endpoints)) this.#addEndpoint(key);
    if (scenario.http !== undefined) this.http = new HttpTraffic(scenario, scenario.http, this.proxy, report);
  }

  /** Lets the endpoints listen. */
  startEndpoints(): void {
    for (const endpoint of this.#endpointHosts.values()) this.#listen(endpoint);
  }

  /** Starts a client now. */
  startClient(client: ClientRun): void {
    const { plan } = client;
    this.#connect(plan, {
      onConnect: (socket) => {
        if (!(socket instanceof SimSocket)) return;
        client.peer = new Peer("client", plan.id, socket, this.#report, this.#find);
        const { localAddress } = socket;
        if (localAddress.kind === "tcp") client.address = `${localAddress.host}:${localAddress.port}`;
        const bytes = plan.endpointSide.echoes ? plan.clientSide.bytes : plan.endpointSide.bytes;
        client.peer.play(plan.clientSide, bytes, plan.opening);
      },
      onConnectError: () => void (client.failed = true),
    });
  }

  /** Starts a client that speaks HTTP now. */
  startHttpClient(plan: HttpClientPlan): void {
    this.#connect(plan, {
      onConnect: (socket) => {
        if (socket instanceof SimSocket) this.http?.begin(plan, socket);
      },
      onConnectError: () => void this.http?.failed.add(plan.id),
    });
  }

  #connect(plan: Pick<ConnectionPlan, "id" | "client" | "listener">, handler: ConnectHandler): void {
    const listener = this.scenario.settings.listeners[plan.listener];
    if (listener?.address.kind !== "tcp") return;
    const host = this.#clientHost(plan.client);
    const address = { ...listener.address, host: proxyIp };
    new SimRuntime(host.mainThread, host.dice).connectAs(plan.id, { ...peerSocketOptions, address }, handler);
  }

  /** From now on every endpoint accepts at once. */
  endFaults(): void {
    for (const { host } of this.#endpointHosts.values()) host.acceptDelayMs = 0;
  }

  /** Starts one small, well-behaved client for a listener. */
  startLateClient(listener: number): ClientRun {
    // Not the address of the one that speaks HTTP: a client may have a rate.
    const host = listener + (this.http === undefined ? 1 : 101);
    const plan: ConnectionPlan = {
      id: firstLateId + listener,
      client: `203.0.113.${host}`,
      listener,
      startMs: 0,
      clientSide: { ...quietSide, end: "fin" },
      endpointSide: { ...quietSide, waits: true },
    };
    const client: ClientRun = { plan, peer: undefined, address: undefined, failed: false };
    this.#clientsById.set(plan.id, client);
    this.startClient(client);
    return client;
  }

  /** The proxy's socket to the endpoint that serves a client, when both know of each other. */
  upstreamSocketOf(client: SimSocket): SimSocket | undefined {
    for (const { peer } of this.#clientsById.values())
      if (peer !== undefined && peer.socket === client.other) return peer.linked?.socket.other;
    return undefined;
  }

  /** The machine at an address: an endpoint's or a client's. */
  host(ip: string): SimHost | undefined {
    return this.#endpointHosts.get(ip)?.host ?? this.#clientHosts.get(ip);
  }

  setMode(ip: string, mode: EndpointMode): void {
    const endpoint = this.#endpointHosts.get(ip);
    if (endpoint !== undefined) endpoint.mode = mode;
  }

  /** The process at an address dies, or its machine; it listens again after `ms`. */
  restart(ip: string, ms: number, how: "reset" | "destroy" | "vanish"): void {
    const endpoint = this.#endpointHosts.get(ip);
    const host = this.host(ip);
    if (host === undefined) return;
    if (how === "vanish") {
      host.vanish(ms);
    } else {
      for (const peer of this.#peersOf(host)) peer.abort(how);
      for (const listener of [...host.listeners]) void listener.close();
    }
    if (endpoint !== undefined) this.queue.after(ms, () => this.#listen(endpoint));
  }

  #peersOf(host: SimHost): End[] {
    const clients = this.clients.flatMap(({ peer }) => (peer === undefined ? [] : [peer]));
    const ends: End[] = [...clients, ...this.endpointPeers];
    if (this.http !== undefined) ends.push(...this.http.clients, ...this.http.endpoints);
    return ends.filter((end) => end.socket.host === host);
  }

  #clientHost(ip: string): SimHost {
    const known = this.#clientHosts.get(ip);
    if (known !== undefined) return known;
    const host = new SimHost(`client ${ip}`, ip, this.network, 100 + this.#clientHosts.size, false);
    this.#clientHosts.set(ip, host);
    return host;
  }

  #addEndpoint(key: string): void {
    const at = key.lastIndexOf(":");
    const ip = key.slice(0, at);
    let endpoint = this.#endpointHosts.get(ip);
    if (endpoint === undefined) {
      const host = new SimHost(`endpoint ${ip}`, ip, this.network, 200 + this.#endpointHosts.size, false);
      endpoint = { host, ports: new Set(), mode: "serve" };
      this.#endpointHosts.set(ip, endpoint);
    }
    endpoint.ports.add(Number(key.slice(at + 1)));
  }

  #listen(endpoint: EndpointHost): void {
    const { host } = endpoint;
    for (const port of endpoint.ports) {
      const plan = this.scenario.endpoints[`${host.ip}:${port}`];
      if (plan === undefined || host.listenerOn(port) !== undefined) continue;
      host.acceptDelayMs = plan.acceptDelayMs;
      const options = { ...peerSocketOptions, backlog: plan.backlog, ipv6Only: false, reusePort: false };
      const address = { kind: "tcp", host: host.ip, port } as const;
      SimListener.bind(
        host.mainThread,
        address,
        { ...options, address },
        {
          onAccept: (socket) => {
            if (socket instanceof SimSocket) this.#serve(endpoint, socket, plan);
          },
          onAcceptError: () => {},
        },
      );
    }
  }

  #serve(endpoint: EndpointHost, socket: SimSocket, { greets, raw }: EndpointPlan): void {
    if (this.http !== undefined && raw !== true) {
      if (actsBy(endpoint.mode, this.http.accept(socket))) socket.resume();
      return;
    }
    const peer = new Peer("endpoint", this.endpointPeers.length + 1, socket, this.#report, this.#find);
    this.endpointPeers.push(peer);
    if (!actsBy(endpoint.mode, peer)) return;
    peer.met = (client) => {
      const plan = this.#clientsById.get(client.id)?.plan;
      if (plan !== undefined) peer.play(plan.endpointSide, plan.clientSide.bytes);
    };
    if (raw === true)
      peer.strayed = (line) => {
        this.http?.stray(line);
        peer.abort("reset");
      };
    if (greets) peer.greet();
    socket.resume();
  }

  readonly #find = (kind: PeerKind, id: number): Peer | undefined =>
    kind === "client" ? this.#clientsById.get(id)?.peer : this.endpointPeers[id - 1];
}

/** What an endpoint does with a new connection before it serves; whether it does. */
function actsBy(mode: EndpointMode, end: End): boolean {
  if (mode === "close") end.finish();
  if (mode === "reset") end.abort("reset");
  return mode === "serve";
}
