import type { Balancer } from "../balancer/balancer.ts";
import { buildBalancer } from "../balancer/build.ts";
import { HealthChecker } from "../health/health-checker.ts";
import { connectBoundsSeconds, Histogram } from "../observe/histogram.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { UpstreamSettings } from "../server/settings.ts";
import { Endpoint } from "./endpoint.ts";

/** A named group of endpoints with its balancer and its health checks. */
export class Upstream {
  readonly settings: UpstreamSettings;
  readonly endpoints: readonly Endpoint[];
  readonly balancer: Balancer<Endpoint>;
  /** Undefined when the settings ask for no checks. */
  readonly healthChecker: HealthChecker<Endpoint> | undefined;
  /** How long successful connects took. */
  readonly connectTimes: Histogram = new Histogram(connectBoundsSeconds);
  /** Attempts beyond the first of a connection. */
  retries = 0;

  /** `onHealthChange` is told which endpoint became healthy or unhealthy. */
  constructor(settings: UpstreamSettings, runtime: Runtime, onHealthChange: (endpoint: Endpoint) => void) {
    this.settings = settings;
    const now = runtime.clock.wallTime();
    this.endpoints = settings.endpoints.map(({ address, weight }) => new Endpoint(address, weight, now));
    this.balancer = buildBalancer(settings.policy, this.endpoints, runtime.random);
    if (settings.health !== undefined) {
      const options = { ...settings.health, sourceAddress: settings.sourceAddress };
      this.healthChecker = new HealthChecker(this.endpoints, options, runtime, onHealthChange);
    }
  }
}
