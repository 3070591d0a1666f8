/** The proxies that others wrote in JavaScript, on Node: peers/proxy.mjs. They have an installation of their own. */
import { existsSync, readFileSync } from "node:fs";
import { repositoryFile } from "../../test/support/geryon.ts";
import { type Contender, whenItAnswers } from "./contender.ts";
import { runtimeProgram } from "./programs.ts";
import { Started } from "./started.ts";

/** Each by its name there, with the package that it is. */
const packages = {
  "http-proxy": "http-proxy",
  httpxy: "httpxy",
  "fast-proxy": "fast-proxy",
  "fast-proxy-undici": "fast-proxy",
  "fastify-http-proxy": "@fastify/http-proxy",
} as const;

/** Their names. */
export const javascriptNames: readonly string[] = Object.keys(packages);

/** All of them. */
export function javascriptProxies(): Contender[] {
  return Object.entries(packages).map(([name, pack]): Contender => {
    const script = repositoryFile("bench/load/peers/proxy.mjs");
    const manifest = repositoryFile(`bench/load/peers/node_modules/${pack}/package.json`);
    const installed = existsSync(manifest);
    const { version = "" } = installed ? (JSON.parse(readFileSync(manifest, "utf8")) as { version?: string }) : {};
    return {
      name,
      kind: "javascript",
      version,
      has: "on Node; connections to its endpoint are kept, nothing else",
      commandLine: `node bench/load/peers/proxy.mjs ${name} ENDPOINT_PORT`,
      missing: installed ? "" : "it is not installed: npm ci in bench/load/peers",
      manyWorkers: false,
      async start(place) {
        const command = [runtimeProgram("node"), script, name, String(place.endpoint)];
        const process = new Started(command, place.cores, place.folder);
        return await whenItAnswers(process, await process.saidPort());
      },
    };
  });
}
