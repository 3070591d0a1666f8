/** Wrong YAML configs with everything that is said about them. */
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is named `g.yaml`. */
export const wrongYaml: readonly WrongConfig[] = [
{ name: "an empty file", lines: [
      "",
    ], errors: [
      "g.yaml:1:1: Config is empty; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "only a comment", lines: [
      "# nothing yet",
      "",
    ], errors: [
      "g.yaml:1:1: Config is empty; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "a list at the top", lines: [
      "- web",
      "",
    ], errors: [
      "g.yaml:1:1: Config is a list; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "text at the top", lines: [
      "hello",
      "",
    ], errors: [
      "g.yaml:1:1: Config is the text \"hello\"; expected a map with \"listeners\" and \"upstreams\"",
    ] },
{ name: "a tab", lines: [
      "listeners:",
      "\tweb: {}",
      "",
    ], errors: [
      "g.yaml:2:1: Line is indented with a tab; expected spaces",
    ] },
{ name: "two documents", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "---",
      "a: 1",
      "",
    ], errors: [
      "g.yaml:6:1: File holds a second document after \"---\"; expected one document; put it into a file of its own",
    ] },
{ name: "a key without a colon", lines: [
      "listeners:",
      "  web",
      "  address: a",
      "",
    ], errors: [
      "g.yaml:2:3: YAML syntax: Implicit keys need to be on a single line",
    ] },
{ name: "an unclosed quote", lines: [
      "listeners:",
      "  web: { address: \":80",
      "",
    ], errors: [
      "g.yaml:3:1: YAML syntax: Missing closing \"quote",
    ] },
{ name: "an unclosed brace", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:1: YAML syntax: Flow map in block collection must be sufficiently indented and end with a }",
    ] },
{ name: "an unknown tag", lines: [
      "listeners: !map2 {}",
      "",
    ], errors: [
      "g.yaml:1:12: Unresolved tag: !map2; remove the tag",
    ] },
{ name: "an unquoted IPv6 address", lines: [
      "listeners:",
      "  web:",
      "    address: [::1]:80",
      "",
    ], errors: [
      "g.yaml:3:19: YAML syntax: Unexpected scalar at node end; quote an IPv6 address: \"[::1]:80\"",
    ] },
{ name: "an unquoted star", lines: [
      "listeners:",
      "  web:",
      "    address: *:80",
      "    upstream: app",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:14: Alias \"*:80\" has no anchor before it; for all interfaces write \":80\" without the star",
    ] },
{ name: "an unquoted reference in braces", lines: [
      "listeners:",
      "  web: { address: ${ADDR}, upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:20: YAML syntax: Unexpected flow-map-start at node end; inside { } and [ ] quote a reference: \"${NAME}\"",
    ] },
{ name: "a key set twice", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "drainTimeout: 1s",
      "drainTimeout: 2s",
      "",
    ], errors: [
      "g.yaml:7:1: Key \"drainTimeout\" is already set on line 6; remove one of the two",
    ] },
{ name: "a merge key", lines: [
      "listeners:",
      "  web: &web { address: \":80\", upstream: app }",
      "  two: { <<: *web, address: \":81\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:10: Merge key \"<<\" is not supported; write the keys out, or refer to a whole value with an alias",
    ] },
{ name: "an alias without an anchor", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "log: *log",
      "",
    ], errors: [
      "g.yaml:6:6: Alias \"*log\" has no anchor before it; quote a value that starts with a star",
    ] },
{ name: "an alias to itself", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "log: &log { level: *log }",
      "",
    ], errors: [
      "g.yaml:6:20: Value is nested more than 64 levels deep",
      "g.yaml:6:20: \"level\" is a map; expected debug, info, warning or error",
    ] },
{ name: "__proto__ as a key", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "__proto__: { a: 1 }",
      "",
    ], errors: [
      "g.yaml:6:1: Key \"__proto__\" is not allowed",
    ] },
{ name: "constructor as a name", lines: [
      "listeners:",
      "  constructor: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:3: Key \"constructor\" is not allowed",
      "g.yaml:2:3: \"listeners\" is empty; expected at least one",
    ] },
{ name: "no listeners, no upstreams", lines: [
      "drainTimeout: 1s",
      "",
    ], errors: [
      "g.yaml:1:1: \"listeners\" is missing; expected the listeners by name, at least one",
      "g.yaml:1:1: \"upstreams\" is missing; expected the upstreams by name, at least one",
    ] },
{ name: "empty listeners and upstreams", lines: [
      "listeners: {}",
      "upstreams: {}",
      "",
    ], errors: [
      "g.yaml:1:12: \"listeners\" is empty; expected at least one",
      "g.yaml:2:12: \"upstreams\" is empty; expected at least one",
    ] },
{ name: "listeners without a value", lines: [
      "listeners:",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:1:1: \"listeners\" is empty; expected a map",
    ] },
{ name: "listeners as a list", lines: [
      "listeners:",
      "  - { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:3: \"listeners\" is a list; expected a map; give each a name instead of a dash or brackets",
    ] },
{ name: "a listener as text", lines: [
      "listeners:",
      "  web: \":80\"",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:8: \"web\" is the text \":80\"; expected a map",
    ] },
{ name: "a name that starts with a digit", lines: [
      "listeners:",
      "  80: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:3: Name \"80\" is not allowed; expected a letter, then at most 62 letters, digits, \".\", \"_\" or \"-\"",
    ] },
{ name: "a missing address", lines: [
      "listeners:",
      "  web: { upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:3: \"address\" is missing in listeners.web; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH",
    ] },
{ name: "a missing upstream", lines: [
      "listeners:",
      "  web: { address: \":80\" }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:3: \"upstream\" is missing in listeners.web; expected the name of an upstream",
    ] },
{ name: "misspelt keys, all of them", lines: [
      "listeners:",
      "  web: { adress: \":80\", upsteam: app, idleTimeOut: 5s }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "drainTimout: 1s",
      "",
    ], errors: [
      "g.yaml:2:10: Unknown key \"adress\" in a listener; did you mean \"address\"?",
      "g.yaml:2:25: Unknown key \"upsteam\" in a listener; did you mean \"upstream\"?",
      "g.yaml:2:39: Unknown key \"idleTimeOut\" in a listener; did you mean \"idleTimeout\"?",
      "g.yaml:6:1: Unknown key \"drainTimout\" at the top level; did you mean \"drainTimeout\"?",
    ] },
{ name: "words of other proxies at the top", lines: [
      "frontends:",
      "  web: { listen: \":80\", backend: app }",
      "clusters:",
      "  app: { endpoints: [\"10.0.0.1:80\"] }",
      "",
    ], errors: [
      "g.yaml:1:1: Unknown key \"frontends\" at the top level; did you mean \"listeners\"?",
      "g.yaml:3:1: Unknown key \"clusters\" at the top level; did you mean \"upstreams\"?",
    ] },
{ name: "words of other proxies in an upstream", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app: { servers: [\"10.0.0.1:80\"], algorithm: random, healthcheck: off }",
      "",
    ], errors: [
      "g.yaml:4:10: Unknown key \"servers\" in an upstream; did you mean \"endpoints\"?",
      "g.yaml:4:36: Unknown key \"algorithm\" in an upstream; did you mean \"policy\"?",
      "g.yaml:4:55: Unknown key \"healthcheck\" in an upstream; did you mean \"health\"?",
    ] },
{ name: "a key in snake case", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    connect_timeout: 5s",
      "",
    ], errors: [
      "g.yaml:6:5: Unknown key \"connect_timeout\" in an upstream; did you mean \"connectTimeout\"?",
    ] },
{ name: "a key that belongs elsewhere", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, sourceAddress: 10.0.0.9 }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:41: Unknown key \"sourceAddress\" in a listener; it belongs to an upstream",
    ] },
{ name: "a key that nobody knows", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, colour: red }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:41: Unknown key \"colour\" in a listener; expected address, protocol, upstream, idleTimeout, finTimeout, buffer, backlog, keepAlive or ipv6Only",
    ] },
{ name: "an unknown protocol", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, protocol: udp }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:51: \"protocol\" is the text \"udp\"; expected tcp",
    ] },
{ name: "an unknown upstream, misspelt", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: ap }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:36: Unknown upstream \"ap\"; expected app; did you mean \"app\"?",
    ] },
{ name: "an unknown upstream", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: database }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:36: Unknown upstream \"database\"; expected app",
    ] },
{ name: "an address without a port", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.1\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"127.0.0.1\" has no port; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write \"127.0.0.1:PORT\"",
    ] },
{ name: "an address that is a number", lines: [
      "listeners:",
      "  web: { address: 8080, upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: \"address\" is the number 8080; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH",
    ] },
{ name: "an address that is only a port", lines: [
      "listeners:",
      "  web: { address: \"8080\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"8080\" is only a port; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write \":8080\"",
    ] },
{ name: "an address with a scheme", lines: [
      "listeners:",
      "  web: { address: \"http://127.0.0.1:80/\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"http://127.0.0.1:80/\" has the scheme \"http://\"; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write \"127.0.0.1:80\"",
    ] },
{ name: "an address with a path", lines: [
      "listeners:",
      "  web: { address: \"localhost:80/web\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"localhost:80/web\" has a path in it; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write \"localhost:80\"",
    ] },
{ name: "an address that is a path", lines: [
      "listeners:",
      "  web: { address: \"/run/web.sock\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"/run/web.sock\" is a path; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; for a unix socket write \"unix:/run/web.sock\"",
    ] },
{ name: "IPv6 without brackets", lines: [
      "listeners:",
      "  web: { address: \"::1:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"::1:80\" has more than one colon; expected [IPV6]:PORT; write \"[::1]:80\"",
    ] },
{ name: "IPv6 without brackets and port", lines: [
      "listeners:",
      "  web: { address: \"fd00::1:2:3:4:5:6\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"fd00::1:2:3:4:5:6\" has more than one colon; expected [IPV6]:PORT; write \"[fd00::1:2:3:4:5]:6\"",
    ] },
{ name: "IPv4 in brackets", lines: [
      "listeners:",
      "  web: { address: \"[127.0.0.1]:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: \"127.0.0.1\" in brackets is not an IPv6 address; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; brackets are for IPv6 only",
    ] },
{ name: "an unclosed bracket", lines: [
      "listeners:",
      "  web: { address: \"[::1:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"[::1:80\" has no closing \"]\"; expected [IPV6]:PORT",
    ] },
{ name: "an IPv6 zone", lines: [
      "listeners:",
      "  web: { address: \"[fe80::1%eth0]:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"[fe80::1%eth0]:80\" has a zone: \"%eth0\"; expected an IPv6 address without a zone",
    ] },
{ name: "a port above 65535", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.1:65536\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Port 65536 is above 65535; expected a port from 0 to 65535",
    ] },
{ name: "a port that is a word", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.1:http\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Port \"http\" is not a number; expected a port from 0 to 65535",
    ] },
{ name: "an octet above 255", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.256:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: IPv4 address \"127.0.0.256\" has a part above 255: 256; expected an IPv4 address such as 10.0.0.1",
    ] },
{ name: "an octet with a leading zero", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.01:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: IPv4 address \"127.0.0.01\" has a part with a leading zero: 01; expected an IPv4 address such as 10.0.0.1; write \"127.0.0.1\"",
    ] },
{ name: "three octets", lines: [
      "listeners:",
      "  web: { address: \"127.0.1:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: IPv4 address \"127.0.1\" has 3 parts; expected an IPv4 address such as 10.0.0.1",
    ] },
{ name: "a bad character in a host", lines: [
      "listeners:",
      "  web: { address: \"web_1!:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Host \"web_1!\" has the character \"!\"; expected an IP address or a name of letters, digits, dots and hyphens",
    ] },
{ name: "a space in an address", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.1 :80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"127.0.0.1 :80\" has a space in it; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH; write \"127.0.0.1:80\"",
    ] },
{ name: "a relative unix path", lines: [
      "listeners:",
      "  web: { address: \"unix:web.sock\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address \"unix:web.sock\" has a relative path; expected unix:/PATH, or unix:@NAME for Linux's abstract namespace; write the path from the root",
    ] },
{ name: "a long unix path", lines: [
      "listeners:",
      "  web: { address: \"unix:/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Unix socket path is 108 bytes long; expected at most 107 bytes; choose a shorter path",
    ] },
{ name: "an empty address", lines: [
      "listeners:",
      "  web: { address: \"\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:19: Address is empty; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH",
    ] },
{ name: "an endpoint without a host", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\":80\"]",
      "",
    ], errors: [
      "g.yaml:5:17: Address \":80\" has no host to connect to; expected HOST:PORT, [IPV6]:PORT or unix:/PATH; write \"127.0.0.1:80\" for this machine",
    ] },
{ name: "an endpoint on all interfaces", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"0.0.0.0:80\"]",
      "",
    ], errors: [
      "g.yaml:5:17: Host \"0.0.0.0\" means all interfaces, nothing to connect to; expected the address of one machine; write \"127.0.0.1:80\" for this machine",
    ] },
{ name: "an endpoint with port 0", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:0\"]",
      "",
    ], errors: [
      "g.yaml:5:17: Port 0 is only for addresses to listen on; expected a port from 1 to 65535",
    ] },
{ name: "an endpoint that is a number", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [80]",
      "",
    ], errors: [
      "g.yaml:5:17: \"endpoints[0]\" is the number 80; expected HOST:PORT, [IPV6]:PORT or unix:/PATH",
    ] },
{ name: "an empty endpoint", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints:",
      "      - \"10.0.0.1:80\"",
      "      -",
      "",
    ], errors: [
      "g.yaml:7:8: \"endpoints[1]\" is empty; expected HOST:PORT, [IPV6]:PORT or unix:/PATH",
    ] },
{ name: "an endpoint without an address", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [{ weight: 2 }]",
      "",
    ], errors: [
      "g.yaml:5:17: \"address\" is missing in upstreams.app.endpoints[0]; expected HOST:PORT, [IPV6]:PORT or unix:/PATH",
    ] },
{ name: "an endpoint with a host key", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [{ host: \"10.0.0.1:80\", weight: 2 }]",
      "",
    ], errors: [
      "g.yaml:5:19: Unknown key \"host\" in an endpoint; did you mean \"address\"?",
    ] },
{ name: "weights out of bounds", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [{ address: \"10.0.0.1:80\", weight: 0 }, { address: \"10.0.0.2:80\", weight: 257 }, { address: \"10.0.0.3:80\", weight: 1.5 }, { address: \"10.0.0.4:80\", weight: \"2\" }]",
      "",
    ], errors: [
      "g.yaml:5:51: \"weight\" is 0; expected a whole number from 1 to 256",
      "g.yaml:5:90: \"weight\" is 257; expected a whole number from 1 to 256",
      "g.yaml:5:131: \"weight\" is 1.5; expected a whole number from 1 to 256",
      "g.yaml:5:172: \"weight\" is the text \"2\"; expected a whole number from 1 to 256; write it without quotes",
    ] },
{ name: "no endpoints", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: []",
      "",
    ], errors: [
      "g.yaml:5:16: \"endpoints\" is empty; expected at least one; write [\"HOST:PORT\"]",
    ] },
{ name: "endpoints as text", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: \"10.0.0.1:80\"",
      "",
    ], errors: [
      "g.yaml:5:16: \"endpoints\" is the text \"10.0.0.1:80\"; expected a list; write [\"10.0.0.1:80\"]",
    ] },
{ name: "an endpoint twice", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\", \"[::1]:81\", { address: \"[0:0::1]:81\" }]",
      "",
    ], errors: [
      "g.yaml:5:55: Endpoint \"[0:0::1]:81\" is already endpoint 2 of this upstream; to send it more connections, raise its weight",
    ] },
{ name: "a policy nobody knows", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    policy: fastest",
      "",
    ], errors: [
      "g.yaml:6:13: Unknown policy \"fastest\"; expected p2c, round-robin, random or least-connections",
    ] },
{ name: "a policy misspelt", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    policy: least-conections",
      "",
    ], errors: [
      "g.yaml:6:13: Unknown policy \"least-conections\"; expected p2c, round-robin, random or least-connections; did you mean \"least-connections\"?",
    ] },
{ name: "a policy without a value", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    policy:",
      "",
    ], errors: [
      "g.yaml:6:5: \"policy\" is empty; expected p2c, round-robin, random or least-connections",
    ] },
{ name: "a duration without a unit", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    connectTimeout: 3",
      "",
    ], errors: [
      "g.yaml:6:21: Duration \"3\" has no unit; expected a duration such as 500ms, 30s or 1h30m; write \"3s\" or \"3ms\"",
    ] },
{ name: "a duration with an unknown unit", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    connectTimeout: 3sec",
      "",
    ], errors: [
      "g.yaml:6:21: Duration \"3sec\" has the unknown unit \"sec\"; expected the units ms, s, m, h or d; did you mean \"s\"?",
    ] },
{ name: "a duration with a space", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    connectTimeout: 3 s",
      "",
    ], errors: [
      "g.yaml:6:21: Duration \"3 s\" is not readable; expected a duration such as 500ms, 30s or 1h30m; leave out the spaces",
    ] },
{ name: "a duration of zero", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    connectTimeout: 0",
      "",
    ], errors: [
      "g.yaml:6:21: Duration \"0\" is too short; expected a duration from 1ms to 24d",
    ] },
{ name: "a negative duration", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "drainTimeout: -5s",
      "",
    ], errors: [
      "g.yaml:6:15: Duration \"-5s\" is negative; expected a duration such as 500ms, 30s or 1h30m",
    ] },
{ name: "a duration beyond all bounds", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    connectTimeout: 25d",
      "",
    ], errors: [
      "g.yaml:6:21: Duration \"25d\" is too long; expected a duration from 1ms to 24d",
    ] },
{ name: "units out of order", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "drainTimeout: 30s1m",
      "",
    ], errors: [
      "g.yaml:6:15: Duration \"30s1m\" has its units out of order; expected the largest unit first, each once",
    ] },
{ name: "a size without a unit", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, buffer: 65536 }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:49: Size \"65536\" has no unit; expected a size such as 512B, 64KiB or 1MB; write \"65536B\" or \"65536KiB\"",
    ] },
{ name: "a size with an unknown unit", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, buffer: 64k }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:49: Size \"64k\" has the unknown unit \"k\"; expected the units B, KB, MB, GB, KiB, MiB, GiB; write \"KiB\" for 1024s or \"KB\" for 1000s",
    ] },
{ name: "a size below its bound", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, buffer: 512B }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:49: Size \"512B\" is too small; expected a size from 4KiB to 64MiB",
    ] },
{ name: "retries that are no whole number", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    retries: 1.5",
      "",
    ], errors: [
      "g.yaml:6:14: \"retries\" is 1.5; expected a whole number from 0 to 100",
    ] },
{ name: "a number in quotes", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    retries: \"2\"",
      "",
    ], errors: [
      "g.yaml:6:14: \"retries\" is the text \"2\"; expected a whole number from 0 to 100; write it without quotes",
    ] },
{ name: "a boolean in words", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, ipv6Only: yes }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:51: \"ipv6Only\" is the text \"yes\"; expected true or false; write true",
    ] },
{ name: "ipv6Only with IPv4", lines: [
      "listeners:",
      "  web: { address: \"127.0.0.1:80\", upstream: app, ipv6Only: true }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:60: \"ipv6Only\" is true, but \"127.0.0.1:80\" is an IPv4 address; expected an IPv6 address; remove the key",
    ] },
{ name: "keepAlive: on", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app, keepAlive: true }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:2:52: \"keepAlive\" is true; expected off or a duration from 1s to 9h",
    ] },
{ name: "a source address with a port", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    sourceAddress: 10.0.0.9:0",
      "",
    ], errors: [
      "g.yaml:6:20: \"10.0.0.9:0\" is not an IP address; expected an IPv4 or IPv6 address without a port; write \"10.0.0.9\"",
    ] },
{ name: "a source address that is a name", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    sourceAddress: eth0",
      "",
    ], errors: [
      "g.yaml:6:20: \"eth0\" is not an IP address; expected an IPv4 or IPv6 address without a port",
    ] },
{ name: "a source address of the other family", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    sourceAddress: fd00::9",
      "",
    ], errors: [
      "g.yaml:5:17: Endpoint \"10.0.0.1:80\" is IPv4, but the upstream's source address is IPv6: fd00::9; expected an IPv6 address",
    ] },
{ name: "health: true", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    health: true",
      "",
    ], errors: [
      "g.yaml:6:13: \"health\" is true; expected off, or a map such as { interval: \"5s\" }; remove the key: checks are on by default",
    ] },
{ name: "mistakes inside health", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    health: { type: http, rise: 0, fall: 101, healthyThreshold: 2 }",
      "",
    ], errors: [
      "g.yaml:6:21: \"type\" is the text \"http\"; expected tcp",
      "g.yaml:6:33: \"rise\" is 0; expected a whole number from 1 to 100",
      "g.yaml:6:42: \"fall\" is 101; expected a whole number from 1 to 100",
      "g.yaml:6:47: Unknown key \"healthyThreshold\" in health; expected type, interval, timeout, rise or fall",
    ] },
{ name: "a timeout above the interval", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    health: { interval: 1s, timeout: 3s }",
      "",
    ], errors: [
      "g.yaml:6:38: Timeout 3s is longer than the interval 1s; expected at most 1s",
    ] },
{ name: "an interval below the default timeout", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    health: { interval: 1s }",
      "",
    ], errors: [
      "g.yaml:6:25: Interval 1s is shorter than the default timeout 2s; set \"timeout\" to at most 1s",
    ] },
{ name: "the same address twice", lines: [
      "listeners:",
      "  a: { address: \":80\", upstream: app }",
      "  b: { address: \"*:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:17: Address \"*:80\" overlaps \":80\", the address of listener \"a\"; choose another port",
    ] },
{ name: "an address inside all interfaces", lines: [
      "listeners:",
      "  a: { address: \"0.0.0.0:80\", upstream: app }",
      "  b: { address: \"127.0.0.1:80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:17: Address \"127.0.0.1:80\" overlaps \"0.0.0.0:80\", the address of listener \"a\"; choose another port",
    ] },
{ name: "the same unix path twice", lines: [
      "listeners:",
      "  a: { address: \"unix:/run/a\", upstream: app }",
      "  b: { address: \"unix:/run/a\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:17: Address \"unix:/run/a\" is already the address of listener \"a\"; choose another path",
    ] },
{ name: "the admin API on a listener's address", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "admin: { address: \"127.0.0.1:80\" }",
      "",
    ], errors: [
      "g.yaml:6:19: Address \"127.0.0.1:80\" overlaps \":80\", the address of listener \"web\"; choose another port",
    ] },
{ name: "an endpoint that is its own listener", lines: [
      "listeners:",
      "  web: { address: \":8080\", upstream: app }",
      "upstreams:",
      "  app: { endpoints: [\"localhost:8080\", \"[::1]:8080\", \"127.0.0.2:8080\", \"10.0.0.1:8080\"] }",
      "",
    ], errors: [
      "g.yaml:4:22: Endpoint \"localhost:8080\" is listener \"web\" of this config: Geryon would proxy to its own listener; expected an address where another program listens",
      "g.yaml:4:40: Endpoint \"[::1]:8080\" is listener \"web\" of this config: Geryon would proxy to its own listener; expected an address where another program listens",
      "g.yaml:4:54: Endpoint \"127.0.0.2:8080\" is listener \"web\" of this config: Geryon would proxy to its own listener; expected an address where another program listens",
    ] },
{ name: "an endpoint that is another listener", lines: [
      "listeners:",
      "  a: { address: \"127.0.0.1:81\", upstream: app }",
      "  b: { address: \"unix:/run/b\", upstream: app }",
      "upstreams:",
      "  app: { endpoints: [\"localhost:81\", \"unix:/run/b\"] }",
      "",
    ], errors: [
      "g.yaml:5:22: Endpoint \"localhost:81\" is listener \"a\" of this config: Geryon would proxy to its own listener; expected an address where another program listens",
      "g.yaml:5:38: Endpoint \"unix:/run/b\" is listener \"b\" of this config: Geryon would proxy to its own listener; expected an address where another program listens",
    ] },
{ name: "an unset variable", lines: [
      "listeners:",
      "  web:",
      "    address: ${LISTEN}:80",
      "    upstream: app",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:14: Environment variable \"LISTEN\" is not set; set it, or give a default: ${LISTEN:-VALUE}",
    ] },
{ name: "a reference that is not readable", lines: [
      "listeners:",
      "  web:",
      "    address: \"x ${NAME-80} ${\"",
      "    upstream: app",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "",
    ], errors: [
      "g.yaml:3:17: Reference \"${NAME-80}\" is not readable; expected ${NAME} or ${NAME:-default}; for a literal \"${\" write \"$${\"",
      "g.yaml:3:28: Reference \"${\" has no closing \"}\"; expected ${NAME} or ${NAME:-default}; for a literal \"${\" write \"$${\"",
    ] },
{ name: "a variable that holds a wrong value", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    retries: ${MANY}",
      "",
    ], errors: [
      "g.yaml:6:14: \"retries\" is 500; expected a whole number from 0 to 100",
    ] },
{ name: "a variable in quotes", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    retries: \"${TWO}\"",
      "",
    ], errors: [
      "g.yaml:6:14: \"retries\" is the text \"2\"; expected a whole number from 0 to 100; write it without quotes",
    ] },
{ name: "a log level of another logger", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "log: { level: warn, format: text, access: 1 }",
      "",
    ], errors: [
      "g.yaml:6:15: \"level\" is the text \"warn\"; expected debug, info, warning or error; did you mean \"warning\"?",
      "g.yaml:6:29: \"format\" is the text \"text\"; expected auto, json or pretty; did you mean \"pretty\"?",
      "g.yaml:6:43: \"access\" is the number 1; expected true or false",
    ] },
{ name: "log as text", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "log: debug",
      "",
    ], errors: [
      "g.yaml:6:6: \"log\" is the text \"debug\"; expected a map",
    ] },
{ name: "admin without an address", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "admin: {}",
      "",
    ], errors: [
      "g.yaml:6:1: \"address\" is missing in admin; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH",
    ] },
{ name: "control characters in a value", lines: [
      "listeners:",
      "  web: { address: \":80\", upstream: app }",
      "upstreams:",
      "  app:",
      "    endpoints: [\"10.0.0.1:80\"]",
      "    policy: \"a\\u001b[31m\\u202eb\"",
      "",
    ], errors: [
      "g.yaml:6:13: Unknown policy \"a\\u001b[31m\\u202eb\"; expected p2c, round-robin, random or least-connections",
    ] },
];
