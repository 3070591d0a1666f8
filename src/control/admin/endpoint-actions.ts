import { leadsTo } from "../../config/bound.ts";
import { maxEndpoints } from "../../config/bounds.ts";
import { makeMistake, quote } from "../../config/mistake.ts";
import { parseAddress } from "../../config/address.ts";
import { formatAddress } from "../../core/runtime/address.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";
import type { KeptUpstream } from "../../core/upstream/upstream-keeper.ts";
import { type EndpointStats, readEndpoint, readUpstream, type UpstreamStats } from "../stats/upstream-stats.ts";
import { AdminError, unknownName } from "./admin-error.ts";
import type { AdminSource } from "./admin-source.ts";
import { type EndpointChange, endpointSettings, type NewEndpoint } from "./endpoint-bodies.ts";

/** An endpoint with the upstream that it belongs to: one entry of `/endpoints`. */
export interface EndpointEntry extends EndpointStats {
  readonly upstream: string;
  readonly policy: string;
}

/** What people may do to endpoints while the proxy runs. Throws `AdminError` for what is not there or cannot be done. */
export class EndpointActions {
  readonly #source: AdminSource;

  constructor(source: AdminSource) {
    this.#source = source;
  }

  /** All endpoints of an upstream. */
  list(upstreamName: string): readonly EndpointEntry[] {
    const upstream = this.#findUpstream(upstreamName);
    return upstream.endpoints.map((endpoint) => this.#entry(upstream, endpoint));
  }

  /** One endpoint. */
  show(upstreamName: string, endpointName: string): EndpointEntry {
    const { upstream, endpoint } = this.#find(upstreamName, endpointName);
    return this.#entry(upstream, endpoint);
  }

  /** Sets the admin state, the weight or both. */
  change(upstreamName: string, endpointName: string, { state, weight }: EndpointChange): EndpointEntry {
    const { upstream, endpoint } = this.#find(upstreamName, endpointName);
    if (state === undefined && weight === undefined) {
      throw new AdminError(400, makeMistake("The body changes nothing", '"state", "weight" or both'));
    }
    this.#source.onAction({ action: "change", upstream: upstreamName, endpoint: endpoint.name, state, weight });
    if (weight !== undefined) upstream.keeper.setWeight(endpoint, weight);
    if (state !== undefined) upstream.keeper.setAdminState(endpoint, state);
    return this.#entry(upstream, endpoint);
  }

  /** Ends an endpoint's ejection and closes its breaker. */
  reset(upstreamName: string, endpointName: string): EndpointEntry {
    const { upstream, endpoint } = this.#find(upstreamName, endpointName);
    this.#source.onAction({ action: "reset", upstream: upstreamName, endpoint: endpoint.name });
    upstream.keeper.resetEndpoint(endpoint);
    return this.#entry(upstream, endpoint);
  }

  /** Closes the upstream's breaker, and resets all of its endpoints. */
  resetAll(upstreamName: string): UpstreamStats {
    const upstream = this.#findUpstream(upstreamName);
    this.#source.onAction({ action: "reset", upstream: upstreamName });
    upstream.breaker?.reset();
    for (const endpoint of upstream.endpoints) upstream.keeper.resetEndpoint(endpoint);
    return readUpstream(upstream, this.#source.clock);
  }

  /** Adds an endpoint, until the process ends: the config file stays as it is. */
  add(upstreamName: string, body: NewEndpoint): EndpointEntry {
    const upstream = this.#findUpstream(upstreamName);
    const name = formatAddress(body.address);
    const own = this.#source.server.listeners.find(({ service, address }) =>
      leadsTo(body.address, { address, ipv6Only: service.settings.ipv6Only }),
    );
    if (own !== undefined) {
      const what = `Endpoint ${quote(name)} is listener ${quote(own.service.settings.name)} of this proxy`;
      throw new AdminError(400, makeMistake(what, "an address where another program listens"));
    }
    if (upstream.endpoints.length >= maxEndpoints) {
      throw new AdminError(409, makeMistake(`Upstream ${quote(upstreamName)} has ${maxEndpoints} endpoints`));
    }
    const endpoint = upstream.keeper.add(endpointSettings(body));
    if (endpoint === undefined) {
      const hint = "change it with PATCH";
      throw new AdminError(409, makeMistake(`Endpoint ${quote(name)} is there already`, undefined, hint));
    }
    this.#source.onAction({ action: "add", upstream: upstreamName, endpoint: name });
    return this.#entry(upstream, endpoint);
  }

  /** Takes an endpoint out; its running connections go on, and are told. */
  remove(upstreamName: string, endpointName: string): { readonly removed: string; readonly activeConnections: number } {
    const { upstream, endpoint } = this.#find(upstreamName, endpointName);
    if (upstream.endpoints.length === 1) {
      const what = `Endpoint ${quote(endpoint.name)} is the last one of upstream ${quote(upstreamName)}`;
      throw new AdminError(409, makeMistake(what, undefined, "set its state to disabled, or add another one first"));
    }
    this.#source.onAction({ action: "remove", upstream: upstreamName, endpoint: endpoint.name });
    upstream.keeper.remove(endpoint);
    return { removed: endpoint.name, activeConnections: endpoint.activeConnections };
  }

  #entry(upstream: KeptUpstream, endpoint: Endpoint): EndpointEntry {
    const { name, policy } = upstream.settings;
    return { upstream: name, policy, ...readEndpoint(endpoint, upstream, this.#source.clock) };
  }

  #findUpstream(name: string): KeptUpstream {
    const { upstreams } = this.#source.server;
    const found = upstreams.find((one) => one.settings.name === name);
    if (found !== undefined) return found;
    throw unknownName(
      "upstream",
      name,
      upstreams.map((one) => one.settings.name),
    );
  }

  /** An endpoint goes by any spelling of its address. */
  #find(upstreamName: string, endpointName: string): { readonly upstream: KeptUpstream; readonly endpoint: Endpoint } {
    const upstream = this.#findUpstream(upstreamName);
    const address = parseAddress(endpointName, "endpoint");
    const name = address.ok ? formatAddress(address.value) : endpointName;
    const endpoint = upstream.endpoints.find((one) => one.name === name);
    if (endpoint !== undefined) return { upstream, endpoint };
    throw unknownName(
      `endpoint of upstream ${quote(upstreamName)} called`,
      endpointName,
      upstream.endpoints.map((one) => one.name),
    );
  }
}
