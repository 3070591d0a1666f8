/** YAML configs with wrong checks, outlier detectors and circuit breakers, with everything that is said about them. */
import { WEB, upstream } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** YAML with one http check of these keys. */
function http(keys: string): string {
  return upstream(`health: { type: http, ${keys} }`);
}

/** The cases; the file is called `g.yaml`. */
export const wrongYamlHealth: readonly WrongConfig[] = [
  {
    name: "http keys with type tcp",
    text: upstream("health: { type: tcp, path: /health, statuses: 200 }"),
    errors: [
      'g.yaml:6:26: "path" is only for checks of type http, and this one is tcp; set "type" to http, or remove the key',
      'g.yaml:6:41: "statuses" is only for checks of type http, and this one is tcp; set "type" to http, or remove the key',
    ],
  },
  {
    name: "http keys without a type",
    text: upstream("health: { path: /health, headers: {} }"),
    errors: [
      'g.yaml:6:15: "path" is only for checks of type http, and the default is tcp; add "type: http"',
      'g.yaml:6:30: "headers" is only for checks of type http, and the default is tcp; add "type: http"',
    ],
  },
  {
    name: "a relative path",
    text: http("path: health"),
    errors: [
      'g.yaml:6:33: Path "health" does not start with "/"; expected a path from the root such as /health; write "/health"',
    ],
  },
  {
    name: "a path that is a URL",
    text: http("path: http://a.example/health?x=1"),
    errors: [
      'g.yaml:6:33: Path "http://a.example/health?x=1" is a URL; expected a path from the root such as /health; write "/health?x=1"; its host is "host"',
    ],
  },
  {
    name: "a path with a space",
    text: http("path: /a b"),
    errors: [
      'g.yaml:6:33: Path "/a b" has a space in it; expected a path from the root such as /health; write "/a%20b"',
    ],
  },
  {
    name: "a path with a line break",
    text: http('path: "/ HTTP/1.1\\r\\nX: y"'),
    errors: ['g.yaml:6:33: Path "/ HTTP/1.1\\r\\nX: y" has a control character in it; leave it out'],
  },
  {
    name: "a path with a fragment",
    text: http('path: "/a#b"'),
    errors: [
      'g.yaml:6:33: Path "/a#b" has a fragment, which is not sent; expected a path from the root such as /health; leave out what follows the "#"',
    ],
  },
  {
    name: "a path beyond ASCII",
    text: http("path: /größe"),
    errors: [
      'g.yaml:6:33: Path "/größe" has letters beyond ASCII; expected a path from the root such as /health; write them percent-encoded',
    ],
  },
  {
    name: "an endless path",
    text: http(`path: /${"a".repeat(2048)}`),
    errors: ["g.yaml:6:33: Path is 2049 characters long; expected at most 2048"],
  },
  {
    name: "a method nobody knows",
    text: http("method: get"),
    errors: ['g.yaml:6:35: "method" is the text "get"; expected GET, HEAD, OPTIONS or POST; did you mean "GET"?'],
  },
  {
    name: "a host that is a URL",
    text: http("host: http://a.example/"),
    errors: [
      'g.yaml:6:33: "http://a.example/" is not a host; expected a host such as app.example or app.example:8080; write "a.example"',
    ],
  },
  {
    name: "a host with a line break",
    text: http('host: "a\\r\\nX: y"'),
    errors: ['g.yaml:6:33: "a\\r\\nX: y" is not a host; expected a host such as app.example or app.example:8080'],
  },
  {
    name: "a header with a line break",
    text: http('headers: { X-A: "a\\r\\nX-B: b" }'),
    errors: ['g.yaml:6:43: Header value "a\\r\\nX-B: b" has a control character in it; leave it out'],
  },
  {
    name: "a header that is a number",
    text: http("headers: { X-A: 1 }"),
    errors: ['g.yaml:6:43: "X-A" is the number 1; expected text in quotes'],
  },
  {
    name: "a header that is empty",
    text: http('headers: { X-A: "", X-B: " a" }'),
    errors: [
      "g.yaml:6:43: Header value is empty; expected visible ASCII characters, and spaces between them",
      'g.yaml:6:52: Header value " a" begins or ends with a space; expected visible ASCII characters, and spaces between them; write "a"',
    ],
  },
  {
    name: "a header beyond ASCII",
    text: http("headers: { X-A: größe }"),
    errors: [
      'g.yaml:6:43: Header value "größe" has letters beyond ASCII; expected visible ASCII characters, and spaces between them',
    ],
  },
  {
    name: "names of headers that are not allowed",
    text: http('headers: { "X A": a, "": b, "X:": c }'),
    errors: [
      'g.yaml:6:38: Header name "X A" is not allowed; expected a name of letters, digits and hyphens',
      'g.yaml:6:48: Header name "" is not allowed; expected a name of letters, digits and hyphens',
      'g.yaml:6:55: Header name "X:" is not allowed; expected a name of letters, digits and hyphens',
    ],
  },
  {
    name: "a Host among the headers",
    text: http("headers: { Host: a.example }"),
    errors: ['g.yaml:6:38: Header "Host" has a key of its own; use "host"'],
  },
  {
    name: "headers that frame the request",
    text: http('headers: { Content-Length: "5", connection: x }'),
    errors: [
      'g.yaml:6:38: Header "Content-Length" is not for users to set; remove it: the probe sends its own',
      'g.yaml:6:59: Header "connection" is not for users to set; remove it: the probe sends its own',
    ],
  },
  {
    name: "headers as a list",
    text: http("headers: [X-A]"),
    errors: [
      'g.yaml:6:36: "headers" is a list; expected a map of names; give each a name instead of a dash or brackets',
    ],
  },
  {
    name: "statuses that are not readable",
    text: http("statuses: [2xx, 200..299, ok, 99, 600, 399-200, true, 204]"),
    errors: [
      'g.yaml:6:38: Status "2xx" is not readable; expected a status from 100 to 599, or a range such as 200-399; write "200-299"',
      'g.yaml:6:43: Status "200..299" is not readable; expected a status from 100 to 599, or a range such as 200-399; write "200-299"',
      'g.yaml:6:53: Status "ok" is not readable; expected a status from 100 to 599, or a range such as 200-399',
      "g.yaml:6:57: Status 99 is below 100; expected a status from 100 to 599, or a range such as 200-399",
      "g.yaml:6:61: Status 600 is above 599; expected a status from 100 to 599, or a range such as 200-399",
      'g.yaml:6:66: Range "399-200" ends before it starts; expected a status from 100 to 599, or a range such as 200-399; write "200-399"',
      'g.yaml:6:75: "statuses[6]" is true; expected a status such as 204, or a range such as 200-399',
    ],
  },
  {
    name: "one status out of bounds",
    text: http("statuses: 20"),
    errors: ["g.yaml:6:37: Status 20 is below 100; expected a status from 100 to 599, or a range such as 200-399"],
  },
  {
    name: "a status as a map",
    text: http("statuses: { from: 200 }"),
    errors: ['g.yaml:6:37: "statuses" is a map; expected a status such as 204, or a range such as 200-399'],
  },
  {
    name: "no statuses",
    text: http("statuses: []"),
    errors: ['g.yaml:6:37: "statuses" is empty; expected at least one'],
  },
  {
    name: "an empty body",
    text: http('body: ""'),
    errors: ['g.yaml:6:33: "body" is empty; expected text that the body holds; remove the key to accept any body'],
  },
  {
    name: "a body with HEAD",
    text: http("method: HEAD, body: ok"),
    errors: ['g.yaml:6:41: "body" is set, but the answer to HEAD has no body; set "method" to GET, or remove the key'],
  },
  {
    name: "a port out of bounds",
    text: http("port: 0"),
    errors: ['g.yaml:6:33: "port" is 0; expected a whole number from 1 to 65535'],
  },
  {
    name: "a port with a unix socket",
    text: `${WEB}upstreams:\n  app:\n    endpoints: ["10.0.0.1:80", "unix:/run/a"]\n    health: { port: 81 }\n`,
    errors: [
      'g.yaml:6:21: "port" is set, but endpoint "unix:/run/a" is a unix socket, which has none; remove the key, or move the endpoint',
    ],
  },
  {
    name: "a fast interval above the interval",
    text: upstream("health: { interval: 2s, fastInterval: 3s }"),
    errors: ['g.yaml:6:43: "fastInterval" is 3s, longer than "interval": 2s; expected at most 2s'],
  },
  {
    name: "a fast interval above the default",
    text: upstream("health: { fastInterval: 10s }"),
    errors: [
      'g.yaml:6:29: "fastInterval" is 10s, longer than the default of "interval": 5s; expected at most 5s; or set "interval" to at least 10s',
    ],
  },
  {
    name: "words of other proxies for checks",
    text: http("uri: /a, expectedStatus: 200, hostname: a"),
    errors: [
      'g.yaml:6:27: Unknown key "uri" in health; did you mean "path"?',
      'g.yaml:6:36: Unknown key "expectedStatus" in health; did you mean "statuses"?',
      'g.yaml:6:57: Unknown key "hostname" in health; did you mean "host"?',
    ],
  },
  {
    name: "an outlier detector that is on",
    text: upstream("outlier: true"),
    errors: [
      'g.yaml:6:14: "outlier" is true; expected off, or a map such as { failures: 10 }; remove the key: it is on by default',
    ],
  },
  {
    name: "mistakes inside outlier",
    text: upstream("outlier: { failures: 0, window: 10, maxEjected: 0%, consecutive5xx: 3 }"),
    errors: [
      'g.yaml:6:26: "failures" is 0; expected a whole number from 1 to 1000',
      'g.yaml:6:37: Duration "10" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "10s" or "10ms"',
      'g.yaml:6:53: Percentage "0%" is too low; expected a percentage from 1% to 100%',
      'g.yaml:6:57: Unknown key "consecutive5xx" in outlier; expected failures, window, ejection, maxEjection or maxEjected',
    ],
  },
  {
    name: "an ejection above the longest",
    text: upstream("outlier: { ejection: 10m, maxEjection: 1m }"),
    errors: ['g.yaml:6:26: "ejection" is 10m, longer than "maxEjection": 1m; expected at most 1m'],
  },
  {
    name: "an ejection above the default",
    text: upstream("outlier: { ejection: 10m }"),
    errors: [
      'g.yaml:6:26: "ejection" is 10m, longer than the default of "maxEjection": 5m; expected at most 5m; or set "maxEjection" to at least 10m',
    ],
  },
  {
    name: "a longest ejection below the default",
    text: upstream("outlier: { maxEjection: 10s }"),
    errors: [
      'g.yaml:6:29: "maxEjection" is 10s, shorter than the default of "ejection": 30s; set "ejection" to at most 10s',
    ],
  },
  {
    name: "outlierDetection",
    text: upstream("outlierDetection: off"),
    errors: ['g.yaml:6:5: Unknown key "outlierDetection" in an upstream; did you mean "outlier"?'],
  },
  {
    name: "a circuit breaker without parts",
    text: upstream("circuitBreaker: { failures: 5 }"),
    errors: [
      'g.yaml:6:23: Unknown key "failures" in circuitBreaker; it belongs to outlier, circuitBreaker.endpoint, circuitBreaker.upstream',
    ],
  },
  {
    name: "a circuit breaker that is on",
    text: upstream("circuitBreaker: { endpoint: on }"),
    errors: ['g.yaml:6:33: "endpoint" is the text "on"; expected off, or a map such as { failures: 5 }'],
  },
  {
    name: "mistakes inside a circuit breaker",
    text: upstream("circuitBreaker: { endpoint: { failures: 0, open: 1ms }, upstream: { timeout: 30s, probes: 0 } }"),
    errors: [
      'g.yaml:6:45: "failures" is 0; expected a whole number from 1 to 1000',
      'g.yaml:6:54: Duration "1ms" is too short; expected a duration from 100ms to 1d',
      'g.yaml:6:73: Unknown key "timeout" in circuitBreaker.upstream; did you mean "open"?',
      'g.yaml:6:95: "probes" is 0; expected a whole number from 1 to 1000',
    ],
  },
];
