/** `geryon proxy` without a file: the flags, made into the same document that a file holds. */
import { isDescriptor } from "../config/address.ts";
import type { Sockets } from "../config/check-capabilities.ts";
import type { ConfigPath, ConfigPlace } from "../config/config-error.ts";
import { policyNames } from "../config/policy.ts";
import { type ConfigResult, validateConfig } from "../config/validate-config.ts";
import { type Arguments, type Flag, UsageError } from "./command.ts";

/** The flags that take the place of a config file. */
export const proxyFlags: readonly Flag[] = [
  { name: "listen", short: "l", aliases: ["laddr"], value: "ADDR", description: "Address to listen on" },
  { name: "port", short: "p", value: "PORT", description: "Port to listen on, where --listen has none" },
  { name: "backend", short: "b", value: "HOST", description: "Host of an endpoint, with --backend-port" },
  { name: "backend-port", short: "P", value: "PORT", description: "Port of the endpoint named by --backend" },
  {
    name: "policy",
    aliases: ["lb"],
    value: "NAME",
    description: `How to choose an endpoint: ${Object.keys(policyNames).join(", ")}`,
    default: "p2c",
  },
  {
    name: "protocol",
    value: "NAME",
    description: "What clients speak: tcp, http, or auto, to look at how each connection begins",
    default: "tcp",
  },
  { name: "timeout", value: "DURATION", description: "Connect timeout", default: "3s" },
  { name: "workers", value: "N", description: "How many threads serve; auto is one per core", default: "auto" },
  { name: "max-connections", value: "N", description: "Client connections at a time", default: "auto" },
  { name: "drain-timeout", value: "DURATION", description: "How long a drain waits for connections", default: "30s" },
  {
    name: "admin",
    value: "ADDR",
    description: "Address of the admin API: health, readiness, statistics, metrics, actions",
  },
];

/** The flag that a value of the document came from, so that a mistake names it. */
const origins: readonly (readonly [pattern: RegExp, flag: string])[] = [
  [/^listeners,proxy,protocol/, "--protocol"],
  [/^listeners/, "--listen"],
  [/^upstreams,endpoints,policy/, "--policy"],
  [/^upstreams,endpoints,connectTimeout/, "--timeout"],
  [/^upstreams/, "endpoint"],
  [/^workers/, "--workers"],
  [/^limits/, "--max-connections"],
  [/^drainTimeout/, "--drain-timeout"],
  [/^admin/, "--admin"],
];

/** Makes a config from the flags. Throws `UsageError` when they do not say what to listen on and where to go. */
export function configFromFlags(args: Arguments, sockets: Sockets): ConfigResult {
  const endpoints = [...args.positionals, ...backendFlag(args)];
  if (endpoints.length === 0) {
    throw new UsageError(
      "No endpoint is given",
      "Name at least one: geryon proxy --listen 127.0.0.1:4000 127.0.0.1:8001",
    );
  }
  const document = {
    ...frontOf(args),
    upstreams: {
      endpoints: { endpoints, ...given(args, "policy", "policy"), ...given(args, "timeout", "connectTimeout") },
    },
    ...given(args, "drain-timeout", "drainTimeout"),
    ...(args.has("workers") ? { workers: numberOf(args.value("workers")) } : {}),
    ...(args.has("max-connections") ? { limits: { maxConnections: numberOf(args.value("max-connections")) } } : {}),
    ...(args.has("admin") ? { admin: { address: args.value("admin") } } : {}),
  };
  return validateConfig(document, { sockets, where: flagOf });
}

/** One listener, and with HTTP one route, to all endpoints. */
function frontOf(args: Arguments): Record<string, unknown> {
  const listener = { address: listenAddress(args), ...given(args, "protocol", "protocol") };
  const protocol = args.value("protocol");
  const routes = protocol === "http" || protocol === "auto" ? [{ name: "all", match: {}, upstream: "endpoints" }] : [];
  return { listeners: { proxy: { ...listener, ...(protocol === "http" ? {} : { upstream: "endpoints" }) } }, routes };
}

function given(args: Arguments, flag: string, key: string): Record<string, unknown> {
  return args.has(flag) ? { [key]: args.value(flag) } : {};
}

/** A flag is text; what is no number is left for the config to judge. */
function numberOf(value: string | undefined): number | string | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : value;
}

/** `--listen` alone, `--port` alone, or the host and the port apart. */
function listenAddress(args: Arguments): string {
  const listen = args.value("listen");
  const port = args.value("port");
  if (port === undefined) {
    if (listen !== undefined) return listen;
    throw new UsageError("No address to listen on is given", "Add --listen 127.0.0.1:4000");
  }
  if (listen !== undefined && isDescriptor(listen)) {
    throw new UsageError(`'--listen ${listen}' has its port already`, "Leave --port away");
  }
  return `${listen === undefined ? "" : bracketed(listen)}:${port}`;
}

function backendFlag(args: Arguments): string[] {
  const host = args.value("backend");
  const port = args.value("backend-port");
  if (port === undefined) return host === undefined ? [] : [host];
  return [`${bracketed(host ?? "127.0.0.1")}:${port}`];
}

function bracketed(host: string): string {
  return host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
}

function flagOf(path: ConfigPath): ConfigPlace {
  const text = path.join(",");
  const flag = origins.find(([pattern]) => pattern.test(text))?.[1] ?? "";
  return { file: flag, line: 0, column: 0 };
}
