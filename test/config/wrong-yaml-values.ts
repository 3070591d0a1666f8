/** YAML configs with other wrong values, with everything that is said about them. */
import { listener, topLevel, upstream } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlValues: readonly WrongConfig[] = [
  {
    name: "a policy nobody knows",
    text: upstream("policy: fastest"),
    errors: [
      'g.yaml:6:13: Unknown policy "fastest"; expected p2c, round-robin, weighted-round-robin, least-connections, random, peak-ewma, ip-hash, ring-hash or maglev',
    ],
  },
  {
    name: "a policy misspelt",
    text: upstream("policy: least-conections"),
    errors: [
      'g.yaml:6:13: Unknown policy "least-conections"; expected p2c, round-robin, weighted-round-robin, least-connections, random, peak-ewma, ip-hash, ring-hash or maglev; did you mean "least-connections"?',
    ],
  },
  {
    name: "a policy without a value",
    text: upstream("policy:"),
    errors: [
      'g.yaml:6:5: "policy" is empty; expected p2c, round-robin, weighted-round-robin, least-connections, random, peak-ewma, ip-hash, ring-hash or maglev',
    ],
  },
  {
    name: "a duration without a unit",
    text: upstream("connectTimeout: 3"),
    errors: [
      'g.yaml:6:21: Duration "3" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "3s" or "3ms"',
    ],
  },
  {
    name: "a duration with an unknown unit",
    text: upstream("connectTimeout: 3sec"),
    errors: [
      'g.yaml:6:21: Duration "3sec" has the unknown unit "sec"; expected the units ms, s, m, h or d; did you mean "s"?',
    ],
  },
  {
    name: "a duration with a space",
    text: upstream("connectTimeout: 3 s"),
    errors: [
      'g.yaml:6:21: Duration "3 s" is not readable; expected a duration such as 500ms, 30s or 1h30m; leave out the spaces',
    ],
  },
  {
    name: "a duration of zero",
    text: upstream("connectTimeout: 0"),
    errors: ['g.yaml:6:21: Duration "0" is too short; expected a duration from 1ms to 24d'],
  },
  {
    name: "a negative duration",
    text: topLevel("drainTimeout: -5s"),
    errors: ['g.yaml:6:15: Duration "-5s" is negative; expected a duration such as 500ms, 30s or 1h30m'],
  },
  {
    name: "no workers",
    text: topLevel("workers: 0"),
    errors: ['g.yaml:6:10: "workers" is 0; expected auto or a whole number from 1 to 256; for one per core write auto'],
  },
  {
    name: "too many workers",
    text: topLevel("workers: 257"),
    errors: ['g.yaml:6:10: "workers" is 257; expected auto or a whole number from 1 to 256'],
  },
  {
    name: "half a worker",
    text: topLevel("workers: 1.5"),
    errors: ['g.yaml:6:10: "workers" is 1.5; expected auto or a whole number from 1 to 256'],
  },
  {
    name: "workers in quotes",
    text: topLevel('workers: "4"'),
    errors: [
      'g.yaml:6:10: "workers" is the text "4"; expected auto or a whole number from 1 to 256; write it without quotes',
    ],
  },
  {
    name: "workers that are off",
    text: topLevel("workers: off"),
    errors: ['g.yaml:6:10: "workers" is the text "off"; expected auto or a whole number from 1 to 256'],
  },
  {
    name: "a duration beyond all bounds",
    text: upstream("connectTimeout: 25d"),
    errors: ['g.yaml:6:21: Duration "25d" is too long; expected a duration from 1ms to 24d'],
  },
  {
    name: "units out of order",
    text: topLevel("drainTimeout: 30s1m"),
    errors: ['g.yaml:6:15: Duration "30s1m" has its units out of order; expected the largest unit first, each once'],
  },
  {
    name: "a size without a unit",
    text: listener('address: ":80", upstream: app, buffer: 65536'),
    errors: ['g.yaml:2:49: Size "65536" has no unit; expected a size such as 512B, 64KiB or 1MB; write "65536B"'],
  },
  {
    name: "a size with an unknown unit",
    text: listener('address: ":80", upstream: app, buffer: 64k'),
    errors: [
      'g.yaml:2:49: Size "64k" has the unknown unit "k"; expected the units B, KB, MB, GB, KiB, MiB, GiB; write "64KiB" or "64KB"',
    ],
  },
  {
    name: "a size below its bound",
    text: listener('address: ":80", upstream: app, buffer: 512B'),
    errors: ['g.yaml:2:49: Size "512B" is too small; expected a size from 4KiB to 64MiB'],
  },
  {
    name: "retries that are no whole number",
    text: upstream("retries: 1.5"),
    errors: ['g.yaml:6:14: "retries" is 1.5; expected a whole number from 0 to 100'],
  },
  {
    name: "a number in quotes",
    text: upstream('retries: "2"'),
    errors: ['g.yaml:6:14: "retries" is the text "2"; expected a whole number from 0 to 100; write it without quotes'],
  },
  {
    name: "a boolean in words",
    text: listener('address: ":80", upstream: app, ipv6Only: yes'),
    errors: ['g.yaml:2:51: "ipv6Only" is the text "yes"; expected true or false; write true'],
  },
  {
    name: "ipv6Only with IPv4",
    text: listener('address: "127.0.0.1:80", upstream: app, ipv6Only: true'),
    errors: [
      'g.yaml:2:60: "ipv6Only" is true, but "127.0.0.1:80" is an IPv4 address; expected an IPv6 address; remove the key',
    ],
  },
  {
    name: "keepAlive: on",
    text: listener('address: ":80", upstream: app, keepAlive: true'),
    errors: ['g.yaml:2:52: "keepAlive" is true; expected off or a duration from 1s to 9h'],
  },
  {
    name: "a source address with a port",
    text: upstream("sourceAddress: 10.0.0.9:0"),
    errors: [
      'g.yaml:6:20: "10.0.0.9:0" is not an IP address; expected an IPv4 or IPv6 address without a port; write "10.0.0.9"',
    ],
  },
  {
    name: "a source address that is a name",
    text: upstream("sourceAddress: eth0"),
    errors: ['g.yaml:6:20: "eth0" is not an IP address; expected an IPv4 or IPv6 address without a port'],
  },
  {
    name: "a source address of the other family",
    text: upstream("sourceAddress: fd00::9"),
    errors: [
      'g.yaml:5:17: Endpoint "10.0.0.1:80" is IPv4, but the upstream\'s source address is IPv6: fd00::9; expected an IPv6 address',
    ],
  },
  {
    name: "health: true",
    text: upstream("health: true"),
    errors: [
      'g.yaml:6:13: "health" is true; expected off, or a map such as { interval: "5s" }; remove the key: it is on by default',
    ],
  },
  {
    name: "mistakes inside health",
    text: upstream("health: { type: smtp, rise: 0, fall: 101, healthyThreshold: 2 }"),
    errors: [
      'g.yaml:6:21: "type" is the text "smtp"; expected tcp or http',
      'g.yaml:6:33: "rise" is 0; expected a whole number from 1 to 100',
      'g.yaml:6:42: "fall" is 101; expected a whole number from 1 to 100',
      'g.yaml:6:47: Unknown key "healthyThreshold" in health; expected type, path, method, host, headers, statuses, body, port, interval, fastInterval, timeout, rise or fall',
    ],
  },
  {
    name: "a timeout above the interval",
    text: upstream("health: { interval: 1s, timeout: 3s }"),
    errors: ['g.yaml:6:38: "timeout" is 3s, longer than "interval": 1s; expected at most 1s'],
  },
  {
    name: "an interval below the default timeout",
    text: upstream("health: { interval: 1s }"),
    errors: ['g.yaml:6:25: "interval" is 1s, shorter than the default of "timeout": 2s; set "timeout" to at most 1s'],
  },
];
