/** YAML configs whose values are right one by one but not together, or not with their variables; with their errors. */
import { APP, topLevel, upstream } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlWhole: readonly WrongConfig[] = [
  {
    name: "the same address twice",
    text: `listeners:\n  a: { address: ":80", upstream: app }\n  b: { address: "*:80", upstream: app }\n${APP}`,
    errors: ['g.yaml:3:17: Address "*:80" is already the address of listener "a"; choose another port'],
  },
  {
    name: "an address inside all interfaces",
    text: `listeners:\n  a: { address: "0.0.0.0:80", upstream: app }\n  b: { address: "127.0.0.1:80", upstream: app }\n${APP}`,
    errors: [
      'g.yaml:3:17: Address "127.0.0.1:80" overlaps "0.0.0.0:80", the address of listener "a"; choose another port',
    ],
  },
  {
    name: "the same unix path twice",
    text: `listeners:\n  a: { address: "unix:/run/a", upstream: app }\n  b: { address: "unix:/run/a", upstream: app }\n${APP}`,
    errors: ['g.yaml:3:17: Address "unix:/run/a" is already the address of listener "a"; choose another path'],
  },
  {
    name: "the admin API on a listener's address",
    text: topLevel('admin: { address: "127.0.0.1:80" }'),
    errors: ['g.yaml:6:19: Address "127.0.0.1:80" overlaps ":80", the address of listener "web"; choose another port'],
  },
  {
    name: "an endpoint that is its own listener",
    text: `listeners:\n  web: { address: ":8080", upstream: app }\nupstreams:\n  app: { endpoints: ["localhost:8080", "[::1]:8080", "127.0.0.2:8080", "10.0.0.1:8080"] }\n`,
    errors: [
      'g.yaml:4:22: Endpoint "localhost:8080" is listener "web" of this config: Geryon would proxy to its own listener; expected an address where another program listens',
      'g.yaml:4:40: Endpoint "[::1]:8080" is listener "web" of this config: Geryon would proxy to its own listener; expected an address where another program listens',
      'g.yaml:4:54: Endpoint "127.0.0.2:8080" is listener "web" of this config: Geryon would proxy to its own listener; expected an address where another program listens',
    ],
  },
  {
    name: "an endpoint that is another listener",
    text: `listeners:\n  a: { address: "127.0.0.1:81", upstream: app }\n  b: { address: "unix:/run/b", upstream: app }\nupstreams:\n  app: { endpoints: ["localhost:81", "unix:/run/b"] }\n`,
    errors: [
      'g.yaml:5:22: Endpoint "localhost:81" is listener "a" of this config: Geryon would proxy to its own listener; expected an address where another program listens',
      'g.yaml:5:38: Endpoint "unix:/run/b" is listener "b" of this config: Geryon would proxy to its own listener; expected an address where another program listens',
    ],
  },
  {
    name: "an unset variable",
    text: "listeners:\n  web:\n    address: ${LISTEN}:80\n    upstream: app\n" + APP,
    errors: ['g.yaml:3:14: Environment variable "LISTEN" is not set; set it, or give a default: ${LISTEN:-VALUE}'],
  },
  {
    name: "a reference that is not readable",
    text: 'listeners:\n  web:\n    address: "x ${NAME-80} ${"\n    upstream: app\n' + APP,
    errors: [
      'g.yaml:3:17: Reference "${NAME-80}" is not readable; expected ${NAME} or ${NAME:-default}; for a literal "${" write "$${"',
      'g.yaml:3:28: Reference "${" has no closing "}"; expected ${NAME} or ${NAME:-default}; for a literal "${" write "$${"',
    ],
  },
  {
    name: "a variable that holds a wrong value",
    text: upstream("retries: ${MANY}"),
    errors: ['g.yaml:6:14: "retries" is 500; expected a whole number from 0 to 100'],
  },
  {
    name: "a variable in quotes",
    text: upstream('retries: "${TWO}"'),
    errors: ['g.yaml:6:14: "retries" is the text "2"; expected a whole number from 0 to 100; write it without quotes'],
  },
  {
    name: "a log level of another logger",
    text: topLevel("log: { level: warn, format: text, access: 1 }"),
    errors: [
      'g.yaml:6:15: "level" is the text "warn"; expected debug, info, warning or error; did you mean "warning"?',
      'g.yaml:6:29: "format" is the text "text"; expected auto, json or pretty; did you mean "pretty"?',
      'g.yaml:6:43: "access" is the number 1; expected true, false, or a map such as { format: combined }',
    ],
  },
  {
    name: "log as text",
    text: topLevel("log: debug"),
    errors: ['g.yaml:6:6: "log" is the text "debug"; expected a map'],
  },
  {
    name: "admin without an address",
    text: topLevel("admin: {}"),
    errors: ['g.yaml:6:1: "address" is missing in admin; expected HOST:PORT, [IPV6]:PORT, :PORT or unix:/PATH'],
  },
  {
    name: "control characters in a value",
    text: upstream('policy: "a\\u001b[31m\\u202eb"'),
    errors: [
      'g.yaml:6:13: Unknown policy "a\\u001b[31m\\u202eb"; expected p2c, round-robin, weighted-round-robin, least-connections, random, peak-ewma, ip-hash, ring-hash or maglev',
    ],
  },
];
