/** `geryon proxy` with an http listener, as a user runs it from a config file. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { RunningProxy, sourceBuild } from "../../support/geryon.ts";
import type { TemporaryFolder } from "../../support/programs.ts";

/** What a gateway's config has beside its defaults, as flow YAML. */
export interface GatewayOptions {
  /** Keys of `http` of the listener. */
  readonly http?: string;
  /** Further keys of the listener. */
  readonly listener?: string;
  /** Further keys of the upstream. */
  readonly upstream?: string;
}

/** Starts a gateway whose one route forwards all to the origins on the given ports. */
export async function startGateway(
  folder: TemporaryFolder,
  ports: readonly number[],
  options: GatewayOptions = {},
): Promise<RunningProxy> {
  const { http: settings = "", listener = "", upstream = "" } = options;
  const endpoints = ports.map((port) => `"127.0.0.1:${port}"`).join(", ");
  const path = folder.file("gateway.yaml");
  writeFileSync(
    path,
    `workers: 1
listeners:
  web: { address: "127.0.0.1:0", protocol: http, http: { ${settings} }, ${listener} }
routes:
  - { name: all, match: { pathPrefix: / }, upstream: origins, upgrades: [websocket] }
upstreams:
  origins: { endpoints: [${endpoints}], ${upstream} }
admin: { address: "127.0.0.1:0" }
`,
  );
  return await RunningProxy.start(sourceBuild, ["--config", path]);
}

/** Where a gateway serves. */
export function urlOf(gateway: RunningProxy): string {
  return `http://127.0.0.1:${gateway.port("web")}`;
}

/** A server of `node:http` on a free port, in this process. */
export class HttpOrigin {
  readonly server: http.Server;
  readonly sockets = new Set<Socket>();

  static async start(onRequest: http.RequestListener): Promise<HttpOrigin> {
    const origin = new HttpOrigin(onRequest);
    await new Promise<void>((resolve) => origin.server.listen(0, "127.0.0.1", 4096, resolve));
    return origin;
  }

  private constructor(onRequest: http.RequestListener) {
    this.server = http.createServer({ keepAliveTimeout: 3000 }, onRequest);
    this.server.on("connection", (socket: Socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => {});
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

/** The descriptors that a process has open. */
export function openDescriptors(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}

/** The resident memory of a process, in MiB. */
export function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}

/** The most memory that a process had while something ran, in MiB; it is looked at ten times a second. */
export async function mostMiB(pid: number, body: () => Promise<void>): Promise<number> {
  let most = residentMiB(pid);
  const timer = setInterval(() => (most = Math.max(most, residentMiB(pid))), 100);
  try {
    await body();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, residentMiB(pid));
}

/** The process of something that runs. */
export function pidOf({ child }: RunningProxy): number {
  if (child.pid === undefined) throw new Error("It does not run");
  return child.pid;
}
