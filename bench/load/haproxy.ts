/** HAProxy as a contender, for bytes and for HTTP. */
import { writeFileSync } from "node:fs";
import { type Contender, type Kind, startContender } from "./contender.ts";
import { freePort, versionOf } from "./programs.ts";

/** What one HAProxy has that the others have not. */
export interface HaproxyOptions {
  readonly has: string;
  /** Lines of its sections `global` and `defaults`. */
  readonly global?: string;
  readonly options?: string;
  /** Lines of its section `listen`, with HTTP. */
  readonly http?: string;
}

/** The headers that Geryon sends by default, and HAProxy on request. */
export const alike = `
  unique-id-format %{+X}o%ci%cp%Ts%rt%pid
  unique-id-header X-Request-ID
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  http-request set-header X-Real-IP %[src]
  http-request add-header Via "1.1 haproxy"
  http-response add-header Via "1.1 haproxy"`;

/** HAProxy with timeouts and health checks, and with HTTP what most say: `option forwardfor`. */
export function haproxy(name: string, kind: Kind, options: HaproxyOptions): Contender {
  const found = versionOf("haproxy", "-v");
  const { has, global = "", options: defaults = "", http = "" } = options;
  return {
    name,
    kind,
    version: found,
    has: `leastconn, health check, timeouts, ${has}; HTTP: keep-alive on both sides, option forwardfor, http-reuse safe where nothing else is said`,
    commandLine: "haproxy -db -f haproxy.cfg",
    missing: found === "" ? "haproxy is not installed" : "",
    manyWorkers: true,
    async start(place) {
      const port = await freePort();
      const file = place.folder.file(`haproxy-${port}.cfg`);
      const tcp = "mode tcp\n  timeout client 10m\n  timeout server 10m";
      const web =
        "mode http\n  timeout client 60s\n  timeout server 60s\n  timeout http-request 10s\n  timeout http-keep-alive 60s\n  option forwardfor";
      const isHttp = place.protocol === "http";
      writeFileSync(
        file,
        `global
  maxconn 9000
  maxpipes 500
  nbthread ${place.workers}${global}
defaults
  ${isHttp ? web : tcp}
  timeout connect 3s${defaults}
listen bench
  bind 127.0.0.1:${port}
  balance leastconn${isHttp ? http : ""}
  server origin 127.0.0.1:${place.endpoint} check inter 5s
`,
      );
      return await startContender(["haproxy", "-db", "-f", file], port, place);
    },
  };
}
