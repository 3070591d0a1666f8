import { hashPolicies } from "../balancer/balancer.ts";
import { hashText } from "../balancer/hash.ts";
import type { DialOptions } from "../dial/happy-eyeballs.ts";
import type { AutoListenerSettings, HttpListenerSettings } from "../server/settings.ts";
import type { Upstream } from "../upstream/upstream.ts";
import type { PaceSettings } from "./exchange-pace.ts";

/** An upstream that a route forwards to, as a listener does it. */
export class RouteTarget {
  readonly upstream: Upstream;
  /** How its connections are made: one object for all of them. */
  readonly dialOptions: DialOptions;
  readonly pace: PaceSettings;
  readonly #hashesClient: boolean;

  constructor(
    upstream: Upstream,
    listener: HttpListenerSettings | AutoListenerSettings,
    responseTimeoutMs: number | undefined,
  ) {
    const { sourceAddress, policy } = upstream.settings;
    this.upstream = upstream;
    this.dialOptions = {
      sourceAddress,
      keepAliveMs: listener.keepAliveMs,
      highWaterMarkBytes: listener.bufferBytes,
    };
    this.pace = { http: listener.http, upstream: upstream.settings.http, responseTimeoutMs };
    this.#hashesClient = hashPolicies.has(policy);
  }

  /** What the hash policies know a client by; 0 when the policy is none of them. */
  hashClient(client: string): number {
    return this.#hashesClient ? hashText(client) : 0;
  }
}
