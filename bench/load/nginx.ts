/** nginx as a contender: its module for streams, and HTTP. */
import { existsSync, writeFileSync } from "node:fs";
import { type Contender, type Place, type RunningContender, startContender } from "./contender.ts";
import { freePort, versionOf } from "./programs.ts";

/** For bytes. */
export function nginxStream(): Contender {
  const found = versionOf("nginx", "-v");
  const stream = "/usr/lib/nginx/modules/ngx_stream_module.so";
  const missing = existsSync(stream) ? "" : "its stream module (libnginx-mod-stream) is not installed";
  return {
    name: "nginx-stream",
    kind: "peer",
    version: found,
    has: "stream, least_conn, passive checks, timeouts, no log; proxy_half_close on (by default it cuts the answer to a client that sent FIN)",
    commandLine: "nginx -c nginx.conf",
    missing: found === "" ? "nginx is not installed" : missing,
    manyWorkers: true,
    start: (place) =>
      start(
        place,
        (listen) => `stream {
  access_log off;
  upstream origin { least_conn; server 127.0.0.1:${place.endpoint}; }
  server { listen ${listen}; proxy_pass origin; proxy_timeout 10m; proxy_half_close on; }
}`,
        `load_module ${stream};`,
      ),
  };
}

const alike = [
  "X-Forwarded-Proto $scheme",
  "X-Forwarded-Host $host",
  "X-Forwarded-Port $server_port",
  "X-Real-IP $remote_addr",
  "X-Request-ID $request_id",
  'Via "1.1 nginx"',
];

/** For HTTP, with kept connections to its endpoint; `nginx-alike` sends the headers that Geryon sends by default. */
export function nginxHttp(name: "nginx" | "nginx-alike" = "nginx"): Contender {
  const found = versionOf("nginx", "-v");
  const headers = ["Host $http_host", "X-Forwarded-For $proxy_add_x_forwarded_for", ...(name === "nginx" ? [] : alike)];
  return {
    name,
    kind: name === "nginx" ? "http-peer" : "alike",
    version: found,
    has: "http, least_conn, keepalive 64 to its endpoint, passive checks, timeouts, X-Forwarded-For, requests not buffered, no files, no log",
    commandLine: "nginx -c nginx.conf",
    missing: found === "" ? "nginx is not installed" : "",
    manyWorkers: true,
    start(place) {
      const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      return start(
        place,
        (listen) => `http {
  access_log off; client_max_body_size 0;
  ${temporary.map((one) => `${one}_temp_path ${place.folder.file(one)};`).join(" ")}
  upstream origin { least_conn; server 127.0.0.1:${place.endpoint}; keepalive 64; }
  server {
    listen ${listen};
    location / {
      proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_max_temp_file_size 0; proxy_request_buffering off;
      ${headers.map((header) => `proxy_set_header ${header};`).join(" ")}${name === "nginx" ? "" : ' add_header Via "1.1 nginx";'}
    }
  }
}`,
      );
    },
  };
}

async function start(place: Place, service: (listen: string) => string, modules = ""): Promise<RunningContender> {
  const port = await freePort();
  const file = place.folder.file(`nginx-${port}.conf`);
  writeFileSync(
    file,
    `${modules}
user root; daemon off; worker_processes ${place.workers}; worker_rlimit_nofile 20000;
pid ${place.folder.file(`nginx-${port}.pid`)}; error_log stderr error;
events { worker_connections 19000; }
${service(`127.0.0.1:${port}${place.workers > 1 ? " reuseport" : ""} backlog=4096`)}
`,
  );
  return await startContender(["nginx", "-e", "stderr", "-p", place.folder.path, "-c", file], port, place);
}
