/** Wrong TOML configs, with everything that is said about them. */
import { tomlListener } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.toml`. */
export const wrongToml: readonly WrongConfig[] = [
  {
    name: "an empty file",
    text: "",
    errors: ['g.toml:1:1: Config is empty; expected a map with "listeners" and "upstreams"'],
  },
  {
    name: "text without quotes",
    text: tomlListener("idleTimeout = 10m"),
    errors: ["g.toml:4:17: TOML syntax: Must be a newline; put quotes around text"],
  },
  {
    name: "a missing value",
    text: tomlListener("idleTimeout ="),
    errors: ["g.toml:5:1: TOML syntax: The key, equals sign, and value must be on the same line"],
  },
  {
    name: "a key set twice",
    text: tomlListener('address = ":81"'),
    errors: ['g.toml:4:1: Key "address" is set twice; remove one of the two'],
  },
  {
    name: "a table set twice",
    text: tomlListener("[listeners.web]"),
    errors: ['g.toml:4:12: Key "web" is set twice; remove one of the two'],
  },
  {
    name: "an unclosed text",
    text: tomlListener('idleTimeout = "10m'),
    errors: ["g.toml:4:19: TOML syntax: Unterminated string constant"],
  },
  {
    name: "an unknown key",
    text: tomlListener('idelTimeout = "10m"'),
    errors: ['g.toml:4:1: Unknown key "idelTimeout" in a listener; did you mean "idleTimeout"?'],
  },
  {
    name: "an unknown table",
    text: tomlListener('[listener.other]\naddress = ":81"'),
    errors: ['g.toml:4:2: Unknown key "listener" at the top level; did you mean "listeners", which is there already?'],
  },
  {
    name: "a missing key in a table",
    text: '[listeners.web]\naddress = ":80"\n\n[upstreams.app]\npolicy = "p2c"\n',
    errors: [
      'g.toml:1:12: "upstream" is missing in listeners.web; expected the name of an upstream',
      'g.toml:4:12: "endpoints" is missing in upstreams.app; expected the endpoints, at least one',
    ],
  },
  {
    name: "a date",
    text: tomlListener("idleTimeout = 2026-01-01"),
    errors: ['g.toml:4:15: "idleTimeout" is a date; expected a duration from 1ms to 24d'],
  },
  {
    name: "a number for a duration",
    text: tomlListener("idleTimeout = 600"),
    errors: [
      'g.toml:4:15: Duration "600" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "600s" or "600ms"',
    ],
  },
  {
    name: "an infinite number",
    text: tomlListener("backlog = inf"),
    errors: ['g.toml:4:11: "backlog" is Infinity; expected a whole number from 1 to 65535'],
  },
  {
    name: "a dotted key",
    text: tomlListener("").replace("[listeners.web]", 'log.level = "warn"\n[listeners.web]'),
    errors: [
      'g.toml:1:13: "level" is the text "warn"; expected debug, info, warning or error; did you mean "warning"?',
    ],
  },
  {
    name: "a list of tables",
    text: '[listeners.web]\naddress = ":80"\nupstream = "app"\n\n[[upstreams.app.endpoints]]\naddress = "10.0.0.1:80"\n\n[[upstreams.app.endpoints]]\naddress = "10.0.0.2"\nweight = 0\n',
    errors: [
      'g.toml:9:11: Address "10.0.0.2" has no port; expected HOST:PORT, [IPV6]:PORT or unix:/PATH; write "10.0.0.2:PORT"',
      'g.toml:10:10: "weight" is 0; expected a whole number from 1 to 256; for no new connections set its state to "draining"',
    ],
  },
  {
    name: "an unset variable in an inline table",
    text: '[listeners.web]\naddress = ":80"\nupstream = "app"\n[upstreams]\napp = { endpoints = [{ address = "10.0.0.1:80", weight = "${WEIGHT}" }], retries = "${MANY}" }\n',
    errors: [
      'g.toml:5:59: Environment variable "WEIGHT" is not set; set it, or give a default: ${WEIGHT:-VALUE}',
      'g.toml:5:84: "retries" is 500; expected a whole number from 0 to 100',
    ],
  },
  {
    name: "Windows line ends",
    text: tomlListener('idleTimeout = "x"').replaceAll("\n", "\r\n"),
    errors: ['g.toml:4:15: Duration "x" is not readable; expected a duration such as 500ms, 30s or 1h30m'],
  },
  {
    name: "an unknown upstream",
    text: tomlListener("").replace('"app"', '"aap"'),
    errors: ['g.toml:3:12: Unknown upstream "aap"; expected app; did you mean "app"?'],
  },
  {
    name: "a dotted key without end",
    text: `${"a.".repeat(100)}a = 1\n${tomlListener("")}`,
    errors: ["g.toml:1:1: Key is nested more than 64 levels deep"],
  },
  {
    name: "mistakes inside maps inside an upstream",
    text: `${tomlListener("clientRate = { rate = 100 }")}[upstreams.app.health]\ntype = "http"\nstatuses = ["200-299", 20]\nheaders = { Host = "a" }\n[upstreams.app.circuitBreaker.endpoint]\nfailures = 0\n`,
    errors: [
      'g.toml:4:23: Rate "100" has no unit; expected a rate such as 100/s, 30/m or 1000/h; write "100/s"',
      "g.toml:9:24: Status 20 is below 100; expected a status from 100 to 599, or a range such as 200-399",
      'g.toml:10:13: Header "Host" has a key of its own; use "host"',
      'g.toml:12:12: "failures" is 0; expected a whole number from 1 to 1000',
    ],
  },
  {
    name: "mistakes inside routes",
    text: `[listeners.web]
address = ":80"
protocol = "http"
[upstreams.app]
endpoints = ["10.0.0.1:80"]
[[routes]]
name = "a"
upstream = "app"
[routes.match]
pathPrefix = "a"
headers = { x-a = 1 }
[[routes]]
name = "a"
`,
    errors: [
      'g.toml:10:14: Path "a" does not start with "/"; expected a path from the root such as /api; write "/a"',
      'g.toml:11:19: "x-a" is the number 1; expected text in quotes, or a map with prefix, regex or present; write "1"',
      'g.toml:12:3: What to do is missing in routes[1]; expected "upstream", "upstreams", "redirect" or "respond"',
      'g.toml:13:8: Name "a" is already the name of route 1; logs and metrics tell routes by their names',
    ],
  },
];
