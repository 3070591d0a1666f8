/** Real servers and clients for end-to-end tests, on free ports and with files of their own. */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Running } from "./geryon.ts";

/** Skips a test by the name of the program that is missing and could not be installed. */
export function needsPrograms(...names: readonly string[]): { skip: string | false; timeout: number } {
  const missing = names.filter((name) => spawnSync("sh", ["-c", `command -v ${name}`]).status !== 0);
  return { skip: missing.length === 0 ? false : `not installed: ${missing.join(", ")}`, timeout: 120_000 };
}

/** A port that nothing listens on. Another process may take it; the servers below fail then, and loudly. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** A folder that is removed at the end. */
export class TemporaryFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "geryon-e2e-"));

  /** The path of a file in it. */
  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** A server that listens on a port; ended at once when it goes out of scope. */
export class RunningServer extends Running {
  readonly port: number;

  /** Starts it, and waits until its port answers. */
  static async start(command: readonly string[], port: number): Promise<RunningServer> {
    const server = new RunningServer(command, port);
    while (!(await answers(port))) {
      if (server.child.exitCode !== null) throw new Error(`${command[0]} ended:\n${server.stdout}\n${server.stderr}`);
    }
    return server;
  }

  private constructor(command: readonly string[], port: number) {
    super(command);
    this.port = port;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => setTimeout(() => resolve(false), 20));
  });
}

/** nginx in the foreground that serves files from `folder`/files, and takes PUTs there. */
export async function startNginx(folder: TemporaryFolder): Promise<RunningServer> {
  const port = await freePort();
  mkdirSync(folder.file("files"), { recursive: true });
  writeFileSync(
    folder.file("nginx.conf"),
    `user root; daemon off; master_process off; pid ${folder.file("nginx.pid")}; error_log stderr;
     events { worker_connections 512; }
     http {
       access_log off; client_max_body_size 0; client_body_temp_path ${folder.file("body")};
       proxy_temp_path ${folder.file("proxy")}; fastcgi_temp_path ${folder.file("fastcgi")};
       uwsgi_temp_path ${folder.file("uwsgi")}; scgi_temp_path ${folder.file("scgi")};
       server { listen 127.0.0.1:${port}; root ${folder.file("files")}; location / { dav_methods PUT; } }
     }`,
  );
  const userless = process.getuid?.() === 0 ? [] : ["-e", "stderr"];
  return await RunningServer.start(["nginx", "-c", folder.file("nginx.conf"), "-p", folder.path, ...userless], port);
}

/** redis-server that keeps nothing. */
export async function startRedis(folder: TemporaryFolder): Promise<RunningServer> {
  const port = await freePort();
  const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder.path];
  return await RunningServer.start(command, port);
}

/** The SHA-256 of a file. */
export async function checksum(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer);
  return hash.digest("hex");
}

/** Writes a file of random bytes. */
export function writeRandomFile(path: string, bytes: number): void {
  const { status } = spawnSync("dd", [
    "if=/dev/urandom",
    `of=${path}`,
    "bs=1M",
    `count=${bytes / 2 ** 20}`,
    "status=none",
  ]);
  if (status !== 0) throw new Error(`Cannot write ${path}`);
}
