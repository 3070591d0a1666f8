/** YAML that is no config: syntax, structure and keys, with everything that is said about them. */
import { APP, WEB, listener, topLevel, upstream } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlShape: readonly WrongConfig[] = [
  {
    name: "an empty file",
    text: "",
    errors: ['g.yaml:1:1: Config is empty; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "only a comment",
    text: "# nothing yet\n",
    errors: ['g.yaml:1:1: Config is empty; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "a list at the top",
    text: "- web\n",
    errors: ['g.yaml:1:1: Config is a list; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "text at the top",
    text: "hello\n",
    errors: ['g.yaml:1:1: Config is the text "hello"; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "a tab",
    text: "listeners:\n\tweb: {}\n",
    errors: ["g.yaml:2:1: Line is indented with a tab; expected spaces"],
  },
  {
    name: "two documents",
    text: `${WEB}${APP}---\na: 1\n`,
    errors: [
      'g.yaml:6:1: File holds a second document after "---"; expected one document; put it into a file of its own',
    ],
  },
  {
    name: "a key without a colon",
    text: "listeners:\n  web\n  address: a\n",
    errors: ["g.yaml:2:3: YAML syntax: Implicit keys need to be on a single line; a colon may be missing"],
  },
  {
    name: "an unclosed quote",
    text: `listeners:\n  web: { address: ":80\n`,
    errors: ['g.yaml:3:1: YAML syntax: Missing closing quote: "'],
  },
  {
    name: "an unclosed brace",
    text: `listeners:\n  web: { address: ":80", upstream: app\n${APP}`,
    errors: [
      "g.yaml:3:1: YAML syntax: Flow map in block collection must be sufficiently indented and end with a }; check the indentation, and that every { and [ is closed",
    ],
  },
  {
    name: "an unknown tag",
    text: "listeners: !map2 {}\n",
    errors: ["g.yaml:1:12: Unresolved tag: !map2; remove the tag"],
  },
  {
    name: "an unquoted IPv6 address",
    text: "listeners:\n  web:\n    address: [::1]:80\n",
    errors: ['g.yaml:3:19: YAML syntax: Unexpected scalar at node end; quote an IPv6 address: "[::1]:80"'],
  },
  {
    name: "an unquoted star",
    text: "listeners:\n  web:\n    address: *:80\n    upstream: app\n" + APP,
    errors: ['g.yaml:3:14: Alias "*:80" has no anchor before it; for all interfaces write ":80" without the star'],
  },
  {
    name: "an unquoted reference in braces",
    text: "listeners:\n  web: { address: ${ADDR}, upstream: app }\n" + APP,
    errors: [
      'g.yaml:2:20: YAML syntax: Unexpected flow-map-start at node end; inside { } and [ ] quote a reference: "${NAME}"',
    ],
  },
  {
    name: "a key set twice",
    text: topLevel("drainTimeout: 1s\ndrainTimeout: 2s"),
    errors: ['g.yaml:7:1: Key "drainTimeout" is already set on line 6; remove one of the two'],
  },
  {
    name: "a merge key",
    text: `listeners:\n  web: &web { address: ":80", upstream: app }\n  two: { <<: *web, address: ":81", upstream: app }\n${APP}`,
    errors: [
      'g.yaml:3:10: Merge key "<<" is not supported; write the keys out, or refer to a whole value with an alias',
    ],
  },
  {
    name: "an alias without an anchor",
    text: topLevel("log: *log"),
    errors: ['g.yaml:6:6: Alias "*log" has no anchor before it; quote a value that starts with a star'],
  },
  {
    name: "an alias to itself",
    text: topLevel("log: &log { level: *log }"),
    errors: ['g.yaml:6:20: Alias "*log" stands inside its own anchor'],
  },
  {
    name: "__proto__ as a key",
    text: topLevel("__proto__: { a: 1 }"),
    errors: ['g.yaml:6:1: Key "__proto__" is not allowed'],
  },
  {
    name: "constructor as a name",
    text: `listeners:\n  constructor: { address: ":80", upstream: app }\n${APP}`,
    errors: ['g.yaml:2:3: Key "constructor" is not allowed'],
  },
  {
    name: "no listeners, no upstreams",
    text: "drainTimeout: 1s\n",
    errors: [
      'g.yaml:1:1: "listeners" is missing; expected the listeners by name, at least one',
      'g.yaml:1:1: "upstreams" is missing; expected the upstreams by name, at least one',
    ],
  },
  {
    name: "empty listeners and upstreams",
    text: "listeners: {}\nupstreams: {}\n",
    errors: [
      'g.yaml:1:12: "listeners" is empty; expected at least one',
      'g.yaml:2:12: "upstreams" is empty; expected at least one',
    ],
  },
  {
    name: "listeners without a value",
    text: "listeners:\n" + APP,
    errors: ['g.yaml:1:1: "listeners" is empty; expected a map of names'],
  },
  {
    name: "listeners as a list",
    text: `listeners:\n  - { address: ":80", upstream: app }\n${APP}`,
    errors: [
      'g.yaml:2:3: "listeners" is a list; expected a map of names; give each a name instead of a dash or brackets',
    ],
  },
  {
    name: "a listener as text",
    text: `listeners:\n  web: ":80"\n${APP}`,
    errors: ['g.yaml:2:8: "web" is the text ":80"; expected a map'],
  },
  {
    name: "a name that starts with a digit",
    text: `listeners:\n  80: { address: ":80", upstream: app }\n${APP}`,
    errors: [
      'g.yaml:2:3: Name "80" is not allowed; expected a letter, then at most 62 letters, digits, ".", "_" or "-"',
    ],
  },
  {
    name: "a missing address",
    text: listener("upstream: app"),
    errors: ['g.yaml:2:3: "address" is missing in listeners.web; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH'],
  },
  {
    name: "a missing upstream",
    text: listener('address: ":80"'),
    errors: ['g.yaml:2:3: "upstream" is missing in listeners.web; expected the name of an upstream'],
  },
  {
    name: "misspelt keys, all of them",
    text: `listeners:\n  web: { adress: ":80", upsteam: app, idleTimeOut: 5s }\n${APP}drainTimout: 1s\n`,
    errors: [
      'g.yaml:2:10: Unknown key "adress" in a listener; did you mean "address"?',
      'g.yaml:2:25: Unknown key "upsteam" in a listener; did you mean "upstream"?',
      'g.yaml:2:39: Unknown key "idleTimeOut" in a listener; did you mean "idleTimeout"?',
      'g.yaml:6:1: Unknown key "drainTimout" at the top level; did you mean "drainTimeout"?',
    ],
  },
  {
    name: "words of other proxies at the top",
    text: 'frontends:\n  web: { listen: ":80", backend: app }\nclusters:\n  app: { endpoints: ["10.0.0.1:80"] }\n',
    errors: [
      'g.yaml:1:1: Unknown key "frontends" at the top level; did you mean "listeners"?',
      'g.yaml:3:1: Unknown key "clusters" at the top level; did you mean "upstreams"?',
    ],
  },
  ...[
    "worker",
    "threads",
    "processes",
    "nbthread",
    "nbproc",
    "worker_processes",
    "worker_threads",
    "cores",
    "concurrency",
  ].map((word) => ({
    name: `workers as ${word}`,
    text: topLevel(`${word}: 4`),
    errors: [`g.yaml:6:1: Unknown key "${word}" at the top level; did you mean "workers"?`],
  })),
  {
    name: "words of other proxies in an upstream",
    text: `${WEB}upstreams:\n  app: { servers: ["10.0.0.1:80"], algorithm: random, healthcheck: off }\n`,
    errors: [
      'g.yaml:4:10: Unknown key "servers" in an upstream; did you mean "endpoints"?',
      'g.yaml:4:36: Unknown key "algorithm" in an upstream; did you mean "policy"?',
      'g.yaml:4:55: Unknown key "healthcheck" in an upstream; did you mean "health"?',
    ],
  },
  {
    name: "a key in snake case",
    text: upstream("connect_timeout: 5s"),
    errors: ['g.yaml:6:5: Unknown key "connect_timeout" in an upstream; did you mean "connectTimeout"?'],
  },
  {
    name: "a key that belongs elsewhere",
    text: listener('address: ":80", upstream: app, sourceAddress: 10.0.0.9'),
    errors: ['g.yaml:2:41: Unknown key "sourceAddress" in a listener; it belongs to an upstream'],
  },
  {
    name: "a key that nobody knows",
    text: listener('address: ":80", upstream: app, colour: red'),
    errors: [
      'g.yaml:2:41: Unknown key "colour" in a listener; expected address, protocol, upstream, idleTimeout, finTimeout, buffer, backlog, keepAlive, maxConnections, maxConnectionsPerClient, clientRate, ipv6Only, detectTimeout or http',
    ],
  },
];
