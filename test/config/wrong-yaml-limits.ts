/** YAML configs with wrong limits, queues and budgets, with everything that is said about them. */
import { endpoints, listener, topLevel, upstream } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** One of the maps that a listener has nothing else in. */
function web(keys: string): string {
  return listener(`address: ":80", upstream: app, ${keys}`);
}

/** The cases; the file is called `g.yaml`. */
export const wrongYamlLimits: readonly WrongConfig[] = [
  {
    name: "limits in other words",
    text: topLevel("limits: { maxconn: many, overload: on }"),
    errors: [
      'g.yaml:6:11: Unknown key "maxconn" in limits; did you mean "maxConnections"?',
      'g.yaml:6:36: "overload" is the text "on"; expected off, or a map such as { memory: "80%" }; remove the key: it is on by default',
    ],
  },
  {
    name: "limits out of bounds",
    text: topLevel("limits: { maxConnections: 0 }"),
    errors: ['g.yaml:6:27: "maxConnections" is 0; expected auto or a whole number from 1 to 10000000'],
  },
  {
    name: "limits in quotes",
    text: topLevel('limits: { maxConnections: "1000" }'),
    errors: [
      'g.yaml:6:27: "maxConnections" is the text "1000"; expected auto or a whole number from 1 to 10000000; write it without quotes',
    ],
  },
  {
    name: "no limits with off",
    text: topLevel("limits: { maxConnections: off }"),
    errors: ['g.yaml:6:27: "maxConnections" is the text "off"; expected auto or a whole number from 1 to 10000000'],
  },
  {
    name: "an overload in numbers",
    text: topLevel("limits: { overload: { descriptors: 90, memory: 0.8, loopLag: 5, cpu: 90% } }"),
    errors: [
      'g.yaml:6:36: Percentage "90" has no "%"; expected a percentage such as 30%; write "90%"',
      'g.yaml:6:48: Percentage "0.8" has no "%"; expected a percentage such as 30%; write "80%"',
      'g.yaml:6:62: Duration "5" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "5s" or "5ms"',
      'g.yaml:6:65: Unknown key "cpu" in overload; expected descriptors, memory or loopLag',
    ],
  },
  {
    name: "an overload out of bounds",
    text: topLevel("limits: { overload: { descriptors: 110%, memory: 5%, loopLag: 1ms } }"),
    errors: [
      'g.yaml:6:36: Percentage "110%" is too high; expected a percentage from 10% to 100%',
      'g.yaml:6:50: Percentage "5%" is too low; expected a percentage from 10% to 100%',
      'g.yaml:6:63: Duration "1ms" is too short; expected a duration from 10ms to 1m',
    ],
  },
  {
    name: "a percentage that is not readable",
    text: topLevel("limits: { overload: { memory: 90 % } }"),
    errors: ['g.yaml:6:31: Percentage "90 %" is not readable; expected a percentage such as 30%; leave out the spaces'],
  },
  {
    name: "a negative percentage",
    text: topLevel("limits: { overload: { memory: -1% } }"),
    errors: ['g.yaml:6:31: Percentage "-1%" is negative; expected a percentage such as 30%'],
  },
  {
    name: "a listener without connections",
    text: web("maxConnections: 0"),
    errors: ['g.yaml:2:57: "maxConnections" is 0; expected off or a whole number from 1 to 10000000'],
  },
  {
    name: "a listener with text for connections",
    text: web("maxConnectionsPerClient: unlimited"),
    errors: [
      'g.yaml:2:66: "maxConnectionsPerClient" is the text "unlimited"; expected off or a whole number from 1 to 10000000',
    ],
  },
  {
    name: "a rate without a unit",
    text: web("clientRate: 100"),
    errors: ['g.yaml:2:53: Rate "100" has no unit; expected a rate such as 100/s, 30/m or 1000/h; write "100/s"'],
  },
  {
    name: "a rate as nginx writes it",
    text: web("clientRate: 100r/s"),
    errors: [
      'g.yaml:2:53: Rate "100r/s" is not readable; expected a rate such as 100/s, 30/m or 1000/h; write "100/s"',
    ],
  },
  {
    name: "a rate with a long unit",
    text: web("clientRate: 100/sec"),
    errors: ['g.yaml:2:53: Rate "100/sec" has the unknown unit "sec"; expected the units s, m or h; write "100/s"'],
  },
  {
    name: "a rate with an unknown unit",
    text: web("clientRate: 100/d"),
    errors: ['g.yaml:2:53: Rate "100/d" has the unknown unit "d"; expected the units s, m or h'],
  },
  {
    name: "a rate with spaces",
    text: web("clientRate: 100 / s"),
    errors: [
      'g.yaml:2:53: Rate "100 / s" is not readable; expected a rate such as 100/s, 30/m or 1000/h; leave out the spaces',
    ],
  },
  {
    name: "a negative rate",
    text: web("clientRate: -1/s"),
    errors: ['g.yaml:2:53: Rate "-1/s" is negative; expected a rate such as 100/s, 30/m or 1000/h'],
  },
  {
    name: "a rate of nothing",
    text: web("clientRate: 0/s"),
    errors: ['g.yaml:2:53: Rate "0/s" is too low; expected off or a rate from 1/h to 1000000/s'],
  },
  {
    name: "a rate that is on",
    text: web("clientRate: true"),
    errors: ['g.yaml:2:53: "clientRate" is true; expected off or a rate from 1/h to 1000000/s'],
  },
  {
    name: "a burst without a rate",
    text: web("clientRate: { burst: 10 }"),
    errors: ['g.yaml:2:41: "rate" is missing in listeners.web.clientRate; expected a rate from 1/h to 1000000/s'],
  },
  {
    name: "mistakes inside clientRate",
    text: web("clientRate: { rate: off, burst: 0, size: 1 }"),
    errors: [
      'g.yaml:2:61: Rate "off" is not readable; expected a rate such as 100/s, 30/m or 1000/h',
      'g.yaml:2:73: "burst" is 0; expected a whole number from 1 to 1000000',
      'g.yaml:2:76: Unknown key "size" in clientRate; expected rate or burst',
    ],
  },
  {
    name: "a client rate as a list",
    text: web("clientRate: [100/s]"),
    errors: ['g.yaml:2:53: "clientRate" is a list; expected off or a rate from 1/h to 1000000/s'],
  },
  {
    name: "limits of a listener in an upstream",
    text: upstream("maxConnections: 100"),
    errors: ['g.yaml:6:5: Unknown key "maxConnections" in an upstream; it belongs to a listener, an endpoint, limits'],
  },
  {
    name: "words of other proxies for limits",
    text: web("maxconn: 100, rateLimit: 10/s, perIp: 5"),
    errors: [
      'g.yaml:2:41: Unknown key "maxconn" in a listener; did you mean "maxConnections"?',
      'g.yaml:2:55: Unknown key "rateLimit" in a listener; did you mean "clientRate"?',
      'g.yaml:2:72: Unknown key "perIp" in a listener; did you mean "maxConnectionsPerClient"?',
    ],
  },
  {
    name: "a budget out of bounds",
    text: upstream("retryBudget: { share: 120%, minimum: -1, percent: 20% }"),
    errors: [
      'g.yaml:6:27: Percentage "120%" is too high; expected a percentage from 0% to 100%',
      'g.yaml:6:42: "minimum" is -1; expected a whole number from 0 to 10000',
      'g.yaml:6:46: Unknown key "percent" in retryBudget; expected share or minimum',
    ],
  },
  {
    name: "a budget that is off",
    text: upstream("retryBudget: off"),
    errors: ['g.yaml:6:18: "retryBudget" is the text "off"; expected a map'],
  },
  {
    name: "too many pending connects",
    text: upstream("maxPendingConnects: off"),
    errors: ['g.yaml:6:25: "maxPendingConnects" is the text "off"; expected a whole number from 1 to 10000000'],
  },
  {
    name: "a queue that is on",
    text: upstream("queue: on"),
    errors: [
      'g.yaml:6:12: "queue" is the text "on"; expected off, or a map such as { length: 100 }; remove the key: it is on by default',
    ],
  },
  {
    name: "a queue as a number",
    text: upstream("queue: 100"),
    errors: ['g.yaml:6:12: "queue" is the number 100; expected off, or a map such as { length: 100 }'],
  },
  {
    name: "mistakes inside queue",
    text: upstream("queue: { length: 0, timeout: 2h, size: 5 }"),
    errors: [
      'g.yaml:6:22: "length" is 0; expected a whole number from 1 to 1000000',
      'g.yaml:6:34: Duration "2h" is too long; expected a duration from 1ms to 1h',
      'g.yaml:6:38: Unknown key "size" in queue; expected length or timeout',
    ],
  },
  {
    name: "failing open below nothing",
    text: upstream("failOpenBelow: 0%"),
    errors: ['g.yaml:6:20: Percentage "0%" is too low; expected off or a percentage from 1% to 100%'],
  },
  {
    name: "failing open below a number",
    text: upstream("failOpenBelow: 30"),
    errors: ['g.yaml:6:20: Percentage "30" has no "%"; expected a percentage such as 30%; write "30%"'],
  },
  {
    name: "panic",
    text: upstream("panicThreshold: 30%"),
    errors: ['g.yaml:6:5: Unknown key "panicThreshold" in an upstream; did you mean "failOpenBelow"?'],
  },
  {
    name: "a slow start that is too fast",
    text: upstream("slowStart: 1ms"),
    errors: ['g.yaml:6:16: Duration "1ms" is too short; expected off or a duration from 100ms to 1h'],
  },
  {
    name: "a slow start with a hash policy",
    text: upstream("policy: ketama\n    slowStart: 30s"),
    errors: [
      'g.yaml:7:16: "slowStart" does not go with the policy ring-hash, which keeps clients where they are; expected off; remove the key, or choose another policy',
    ],
  },
  {
    name: "a balance factor of 100%",
    text: upstream("policy: ring-hash\n    balanceFactor: 100%"),
    errors: [
      'g.yaml:7:20: Percentage "100%" is too low; expected a percentage from 101% to 10000%; more than an even share must be allowed; 125% is usual',
    ],
  },
  {
    name: "a balance factor in numbers",
    text: upstream("balanceFactor: 1.25"),
    errors: ['g.yaml:6:20: Percentage "1.25" has no "%"; expected a percentage such as 30%; write "125%"'],
  },
  {
    name: "a resolve with its bounds swapped",
    text: upstream("resolve: { minTtl: 10s, maxTtl: 5s }"),
    errors: ['g.yaml:6:24: "minTtl" is 10s, longer than "maxTtl": 5s; expected at most 5s'],
  },
  {
    name: "a minTtl beyond the default",
    text: upstream("resolve: { minTtl: 10m }"),
    errors: [
      'g.yaml:6:24: "minTtl" is 10m, longer than the default of "maxTtl": 5m; expected at most 5m; or set "maxTtl" to at least 10m',
    ],
  },
  {
    name: "a maxTtl below the default",
    text: upstream("resolve: { maxTtl: 500ms }"),
    errors: ['g.yaml:6:24: "maxTtl" is 500ms, shorter than the default of "minTtl": 1s; set "minTtl" to at most 500ms'],
  },
  {
    name: "mistakes inside resolve",
    text: upstream("resolve: { timeout: 0, ttl: 5s }"),
    errors: [
      'g.yaml:6:25: Duration "0" is too short; expected a duration from 1ms to 1h',
      'g.yaml:6:28: Unknown key "ttl" in resolve; did you mean "maxTtl"?',
    ],
  },
  {
    name: "limits of an endpoint out of bounds",
    text: endpoints('{ address: "10.0.0.1:80", maxConnections: 0, priority: 10, backup: yes, state: drain }'),
    errors: [
      'g.yaml:5:59: "maxConnections" is 0; expected off or a whole number from 1 to 10000000',
      'g.yaml:5:72: "priority" is 10; expected a whole number from 0 to 9',
      'g.yaml:5:84: "backup" is the text "yes"; expected true or false; write true',
      'g.yaml:5:96: "state" is the text "drain"; expected ready, draining or disabled; did you mean "draining"?',
    ],
  },
  {
    name: "an endpoint that is down",
    text: endpoints('"10.0.0.1:80", { address: "10.0.0.2:80", state: down, failover: true }'),
    errors: [
      'g.yaml:5:65: "state" is the text "down"; expected ready, draining or disabled; did you mean "disabled"?',
      'g.yaml:5:71: Unknown key "failover" in an endpoint; did you mean "backup"?',
    ],
  },
  {
    name: "a backup with a priority",
    text: endpoints('"10.0.0.1:80", { address: "10.0.0.2:80", backup: true, priority: 2 }'),
    errors: ['g.yaml:5:58: "backup" and "priority" are both set; "backup: true" is "priority: 1"'],
  },
];
