/** Proxies in this process with an origin behind them: one for each profile, started when the first case wants it. */
import { ProxyServer } from "../../src/core/server/proxy-server.ts";
import type { Runtime } from "../../src/core/runtime/runtime.ts";
import { httpListenerSettings, routeSettings } from "../support/http-settings.ts";
import { endpointSettings, upstreamSettings } from "../support/settings.ts";
import type { Case, Theme } from "./case.ts";
import { Changes } from "./changes.ts";
import { ScriptedOrigin } from "./origin.ts";
import { type Profile, type ProfileName, profiles } from "./profiles.ts";
import { type Observation, play } from "./runner.ts";

/** How long anything may take: much more than it does, as it is a failure then. */
const patienceMs = 10_000;

/** What cases are played on. */
export class Stand {
  readonly #runtime: Runtime;
  readonly #changes = new Changes();
  readonly #proxies = new Map<ProfileName, ProxyServer>();
  #origin: ScriptedOrigin | undefined = undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Plays a case; tells what was seen, and the port on which the proxy listened. */
  async play(theme: Theme, one: Case): Promise<{ saw: Observation; port: number }> {
    const origin = (this.#origin ??= await ScriptedOrigin.open(this.#changes));
    const port = await this.#port(one.profile ?? theme.profile, origin);
    const scene = { target: { host: "127.0.0.1", port }, origin, changes: this.#changes, patienceMs };
    return { saw: await play(scene, one), port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const proxy of this.#proxies.values()) await proxy.stop();
    await this.#origin?.[Symbol.asyncDispose]();
  }

  async #port(name: ProfileName, origin: ScriptedOrigin): Promise<number> {
    let proxy = this.#proxies.get(name);
    if (proxy === undefined) {
      proxy = newProxy(this.#runtime, origin.port, profiles[name]);
      this.#proxies.set(name, proxy);
      await proxy.start();
    }
    const address = proxy.listeners[0]?.address;
    if (address?.kind !== "tcp") throw new Error("Not a TCP listener");
    return address.port;
  }
}

function newProxy(runtime: Runtime, port: number, { http = {}, route = {}, upstream = {} }: Profile): ProxyServer {
  const settings = upstreamSettings([endpointSettings(port)]);
  return new ProxyServer(
    {
      listeners: [httpListenerSettings(http)],
      routes: [routeSettings({ upgrades: [], ...route })],
      upstreams: [{ ...settings, http: { ...settings.http, ...upstream } }],
      drainTimeoutMs: 30_000,
      limits: { maxConnections: "auto" },
    },
    runtime,
    {},
  );
}
