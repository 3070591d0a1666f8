/** HAProxy and nginx as HTTP reverse proxies, set up as their manuals would have it. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { freePort, RunningServer, type TemporaryFolder } from "../../test/support/programs.ts";

/** A proxy beside ours. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  start(origin: number, folder: TemporaryFolder): Promise<RunningServer>;
}

/** Those that are installed. */
export function peers(): Peer[] {
  const found: Peer[] = [];
  const haproxy = output("haproxy", "-v");
  if (haproxy !== "") found.push({ name: "HAProxy", version: first(haproxy, /version (\S+)/), start: startHaproxy });
  const nginx = output("nginx", "-v");
  if (nginx !== "") found.push({ name: "nginx", version: first(nginx, /nginx\/(\S+)/), start: startNginx });
  return found;
}

function output(program: string, ...args: string[]): string {
  const { stdout, stderr } = spawnSync(program, args);
  return `${stdout?.toString() ?? ""}${stderr?.toString() ?? ""}`;
}

function first(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? "unknown version";
}

async function startHaproxy(origin: number, folder: TemporaryFolder): Promise<RunningServer> {
  const port = await freePort();
  const file = folder.file("haproxy.cfg");
  writeFileSync(
    file,
    `global
  maxconn 1000
  log stderr format raw local0 emerg
defaults
  mode http
  timeout connect 3s
  timeout http-request 10s
  timeout http-keep-alive 60s
  timeout client 30s
  timeout server 30s
  timeout tunnel 10m
  option forwardfor
frontend web
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  http-request set-header X-Real-IP %[src]
  default_backend origins
backend origins
  server origin 127.0.0.1:${origin}
`,
  );
  return await RunningServer.start(["haproxy", "-db", "-f", file], port);
}

async function startNginx(origin: number, folder: TemporaryFolder): Promise<RunningServer> {
  const port = await freePort();
  const file = folder.file("nginx-proxy.conf");
  writeFileSync(
    file,
    `user root; daemon off; master_process off; pid ${folder.file("nginx.pid")}; error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off; client_max_body_size 0; client_body_temp_path ${folder.file("body")};
  proxy_temp_path ${folder.file("proxy")}; fastcgi_temp_path ${folder.file("fastcgi")};
  uwsgi_temp_path ${folder.file("uwsgi")}; scgi_temp_path ${folder.file("scgi")};
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream origins { server 127.0.0.1:${origin} max_fails=0; keepalive 16; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://origins;
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Real-IP $remote_addr;
    }
  }
}
`,
  );
  return await RunningServer.start(["nginx", "-c", file, "-p", folder.path, "-e", "stderr"], port);
}
