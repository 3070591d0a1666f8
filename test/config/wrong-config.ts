/** What the table of wrong configs is made of: cases, and the right texts that they spoil in one place. */

/** A config with everything that is said about it. */
export interface WrongConfig {
  readonly name: string;
  readonly text: string;
  /** The errors as they are written, in their order. */
  readonly errors: readonly string[];
}

/** The variables that the cases refer to. */
export const wrongEnv = { MANY: "500", TWO: "2" } as const;

/** Right upstreams, as YAML. */
export const APP = `upstreams:
  app:
    endpoints: ["10.0.0.1:80"]
`;

/** Right listeners, as YAML. */
export const WEB = `listeners:
  web: { address: ":80", upstream: app }
`;

/** YAML with one listener of these keys. */
export function listener(keys: string): string {
  return `listeners:\n  web: { ${keys} }\n${APP}`;
}

/** YAML with one listener on this address. */
export function address(text: string): string {
  return listener(`address: "${text}", upstream: app`);
}

/** YAML with these endpoints. */
export function endpoints(list: string): string {
  return `${WEB}upstreams:\n  app:\n    endpoints: [${list}]\n`;
}

/** YAML with one more line in its upstream. */
export function upstream(line: string): string {
  return `${WEB}${APP}    ${line}\n`;
}

/** YAML with more lines at its top level. */
export function topLevel(lines: string): string {
  return `${WEB}${APP}${lines}\n`;
}

/** TOML with more lines in its listener. */
export function tomlListener(lines: string): string {
  return `[listeners.web]
address = ":80"
upstream = "app"
${lines}
[upstreams.app]
endpoints = ["10.0.0.1:80"]
`;
}

/** JSON with more text in its listener. */
export function jsonListener(more: string): string {
  return `{
  "listeners": { "web": { "address": ":80", "upstream": "app"${more} } },
  "upstreams": { "app": { "endpoints": ["10.0.0.1:80"] } }
}
`;
}

/** Right listeners with the protocol http, as YAML. */
export const HTTP_WEB = `listeners:
  web: { address: ":80", protocol: http }
`;

/** A right route, as YAML. */
export const ALL = "routes: [{ name: all, upstream: app }]\n";

/** YAML with these lines as its routes. */
export function routes(lines: string): string {
  return `${HTTP_WEB}${APP}routes:\n${lines}\n`;
}

/** YAML with one route of these keys. */
export function route(keys: string): string {
  return routes(`  - { name: r, ${keys} }`);
}

/** YAML with one route whose match has these keys. */
export function match(keys: string): string {
  return route(`upstream: app, match: { ${keys} }`);
}

/** YAML with one listener whose `http` has these keys. */
export function http(keys: string): string {
  return `listeners:\n  web: { address: ":80", protocol: http, http: { ${keys} } }\n${APP}${ALL}`;
}

/** YAML with one upstream whose `http` has these keys. */
export function upstreamHttp(keys: string): string {
  return `${HTTP_WEB}${APP}    http: { ${keys} }\n${ALL}`;
}

/** YAML with an http listener and more lines at its top level. */
export function httpTopLevel(lines: string): string {
  return `${HTTP_WEB}${APP}${ALL}${lines}\n`;
}
