/** Wrong JSON configs, with everything that is said about them. */
import { jsonListener } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.json`. */
export const wrongJson: readonly WrongConfig[] = [
  {
    name: "an empty file",
    text: "\n",
    errors: ['g.json:1:1: Config is empty; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "a list at the top",
    text: "[]\n",
    errors: ['g.json:1:1: Config is a list; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "a comma too many",
    text: jsonListener(","),
    errors: ['g.json:2:64: JSON syntax: Unexpected "}"; expected a key in double quotes; remove the comma before it'],
  },
  {
    name: "a comma too many in a list",
    text: jsonListener("").replace('80"]', '80",]'),
    errors: ['g.json:3:55: JSON syntax: Unexpected "]"; expected a value; remove the comma before it'],
  },
  {
    name: "a missing comma",
    text: jsonListener(' "backlog": 1'),
    errors: ['g.json:2:63: JSON syntax: Unexpected "\\""; expected "," or "}"'],
  },
  {
    name: "a comment",
    text: jsonListener("").replace("{\n", "{\n  // mine\n"),
    errors: ["g.json:2:3: JSON syntax: Comments are not part of JSON; use YAML or TOML for a config with comments"],
  },
  {
    name: "single quotes",
    text: jsonListener(", 'backlog': 1"),
    errors: ['g.json:2:64: JSON syntax: Unexpected "\'"; expected a key in double quotes'],
  },
  {
    name: "a value without quotes",
    text: jsonListener(', "idleTimeout": 10m'),
    errors: ['g.json:2:79: JSON syntax: Unexpected "1"; expected a value; put text into double quotes'],
  },
  {
    name: "a word without quotes",
    text: jsonListener(', "protocol": tcp'),
    errors: ['g.json:2:76: JSON syntax: Unexpected "t"; expected a value; put text into double quotes'],
  },
  {
    name: "a key without quotes",
    text: jsonListener(", backlog: 1"),
    errors: ['g.json:2:64: JSON syntax: Unexpected "b"; expected a key in double quotes'],
  },
  {
    name: "an unknown escape",
    text: jsonListener(', "idleTimeout": "\\x"'),
    errors: ['g.json:2:80: JSON syntax: Escape "\\\\x" is not known; for a backslash write "\\\\"'],
  },
  {
    name: "text over a line end",
    text: jsonListener(', "idleTimeout": "10\nm"'),
    errors: ["g.json:2:79: JSON syntax: Text has no closing quote on its line"],
  },
  {
    name: "a file that ends too early",
    text: jsonListener("").slice(0, 56),
    errors: ['g.json:2:55: JSON syntax: File ends too early; expected ":" after the key'],
  },
  {
    name: "text after the end",
    text: jsonListener("") + "{}",
    errors: ["g.json:5:1: JSON syntax: Text goes on after the end of the config; expected one JSON value"],
  },
  {
    name: "a key set twice",
    text: jsonListener(', "address": ":81"'),
    errors: ['g.json:2:64: Key "address" is already set on line 2; remove one of the two'],
  },
  {
    name: "an unknown key",
    text: jsonListener(', "back_log": 1, "tls": {}'),
    errors: [
      'g.json:2:64: Unknown key "back_log" in a listener; did you mean "backlog"?',
      'g.json:2:79: Unknown key "tls" in a listener; expected address, protocol, upstream, idleTimeout, finTimeout, buffer, backlog, keepAlive, maxConnections, maxConnectionsPerClient, clientRate, ipv6Only, detectTimeout or http',
    ],
  },
  {
    name: "null",
    text: jsonListener(', "idleTimeout": null'),
    errors: ['g.json:2:79: "idleTimeout" is empty; expected a duration from 1ms to 24d'],
  },
  {
    name: "__proto__ as a key",
    text: jsonListener(', "__proto__": {}'),
    errors: ['g.json:2:64: Key "__proto__" is not allowed'],
  },
  {
    name: "an unset variable",
    text: jsonListener(', "idleTimeout": "${IDLE}"'),
    errors: ['g.json:2:80: Environment variable "IDLE" is not set; set it, or give a default: ${IDLE:-VALUE}'],
  },
  {
    name: "too deep",
    text: jsonListener(`, "x": ${"[".repeat(100)}${"]".repeat(100)}`),
    errors: ["g.json:2:131: JSON syntax: Value is nested more than 64 levels deep"],
  },
  {
    name: "mistakes inside clientRate",
    text: jsonListener(', "clientRate": { "rate": "100r/s", "burst": "5" }, "maxConnections": null'),
    errors: [
      'g.json:2:88: Rate "100r/s" is not readable; expected a rate such as 100/s, 30/m or 1000/h; write "100/s"',
      'g.json:2:107: "burst" is the text "5"; expected a whole number from 1 to 1000000; write it without quotes',
      'g.json:2:132: "maxConnections" is empty; expected off or a whole number from 1 to 10000000',
    ],
  },
  {
    name: "mistakes inside routes",
    text: `{
  "listeners": { "web": { "address": ":80", "protocol": "http" } },
  "upstreams": { "app": { "endpoints": ["10.0.0.1:80"] } },
  "routes": [
    { "name": "a", "upstream": "ap" },
    { "name": "b", "match": { "path": "/b?c" }, "respond": { "status": "204" } }
  ]
}
`,
    errors: [
      'g.json:5:32: Unknown upstream "ap"; expected app; did you mean "app"?',
      'g.json:6:39: Path "/b?c" has a query in it; expected a path from the root such as /api; write "/b"; what is behind the "?" is "query"',
      'g.json:6:72: "status" is the text "204"; expected a whole number from 200 to 599; write it without quotes',
    ],
  },
];
