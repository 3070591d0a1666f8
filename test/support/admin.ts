/** The admin API over a data plane that stands still. */
import { adminApp } from "../../src/control/admin/admin-app.ts";
import { readStats, type Stats, type WorkerFacts } from "../../src/control/stats/stats.ts";
import type { Address } from "../../src/core/runtime/address.ts";
import type { EndpointSettings } from "../../src/core/server/settings.ts";
import { StandingProxy, type StandingProxyOptions } from "./standing-proxy.ts";
import { endpointSettings } from "./settings.ts";

export const loopback: Address = { kind: "tcp", host: "127.0.0.1", port: 9090 };

export interface AdminTestOptions extends StandingProxyOptions {
  readonly address?: Address;
  readonly endpoints?: readonly EndpointSettings[];
  /** What each worker is; absent: one, with the runtime's own sockets. */
  readonly facts?: readonly WorkerFacts[];
}

/** A request; `body` is sent as JSON, or as it is when it is text. */
export interface AdminRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What came back. */
export interface AdminAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: Headers;
  /** The text as JSON. */
  readonly json: Record<string, unknown>;
}

/** Two endpoints, `127.0.0.1:1` and `127.0.0.1:2`, of the upstream `origins`, unless others are given. */
export class AdminTest {
  readonly proxy: StandingProxy;
  /** What was logged of actions. */
  readonly actions: Readonly<Record<string, unknown>>[] = [];
  drains = 0;
  readonly #options: AdminTestOptions;
  readonly #app: (request: Request) => Response | Promise<Response>;

  static async start(options: AdminTestOptions = {}): Promise<AdminTest> {
    const endpoints = options.endpoints ?? [endpointSettings(1), endpointSettings(2)];
    return new AdminTest(await StandingProxy.start(endpoints, options), options);
  }

  private constructor(proxy: StandingProxy, options: AdminTestOptions) {
    this.proxy = proxy;
    this.#options = options;
    this.#app = adminApp({
      address: options.address ?? loopback,
      clock: proxy.clock,
      server: proxy.server,
      stats: () => this.stats(),
      drain: () => {
        this.drains++;
        return { drainTimeoutMs: 30_000 };
      },
      onAction: (fields) => void this.actions.push(fields),
    });
  }

  stats(): Stats {
    const facts = {
      version: "1.2.3",
      runtime: "node",
      runtimeVersion: "24.0.0",
      uptimeSeconds: 61.5,
      logLinesDropped: 0,
    };
    return readStats(this.proxy.server, facts, {
      clock: this.proxy.clock,
      overload: this.#options.limits?.overload,
      workers: this.#options.facts ?? [{ io: "runtime", restarts: 0 }],
    });
  }

  /** Sends `METHOD /path`. */
  async send(line: string, { headers, body }: AdminRequest = {}): Promise<AdminAnswer> {
    const [method = "", path = ""] = line.split(" ");
    const response = await this.#app(
      new Request(`http://127.0.0.1:9090${path}`, {
        method,
        headers: {
          host: "127.0.0.1:9090",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return {
      status: response.status,
      text,
      headers: response.headers,
      get json() {
        return JSON.parse(text) as Record<string, unknown>;
      },
    };
  }
}
