/** YAML configs that are wrong about HTTP in listeners, upstreams and the log, with everything that is said about them. */
import { ALL, APP, HTTP_WEB, http, httpTopLevel, listener, upstreamHttp } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlHttp: readonly WrongConfig[] = [
  {
    name: "an upstream with the protocol http",
    text: `listeners:\n  web: { address: ":80", protocol: http, upstream: app }\n${APP}${ALL}`,
    errors: [
      'g.yaml:2:42: "upstream" is not for the protocol http, whose requests go where "routes" say; write a route: { name: web, match: { pathPrefix: / }, upstream: app }',
    ],
  },
  {
    name: "http without the protocol",
    text: listener('address: ":80", upstream: app, http: {}'),
    errors: ['g.yaml:2:41: "http" is only for the protocol http or auto, and the default is tcp; add "protocol: http"'],
  },
  {
    name: "http with the protocol tcp",
    text: listener('address: ":80", protocol: tcp, upstream: app, http: { maxRequests: 5 }'),
    errors: [
      'g.yaml:2:56: "http" is only for the protocol http or auto, and this one is tcp; set "protocol" to http, or remove the key',
    ],
  },
  {
    name: "auto without an upstream",
    text: `listeners:\n  web: { address: ":80", protocol: auto }\n${APP}${ALL}`,
    errors: ['g.yaml:2:3: "upstream" is missing in listeners.web; expected the name of an upstream'],
  },
  {
    name: "detectTimeout without auto",
    text: `listeners:\n  web: { address: ":80", protocol: http, detectTimeout: 1s }\n  db: { address: ":81", upstream: app, detectTimeout: 1s }\n${APP}${ALL}`,
    errors: [
      'g.yaml:2:42: "detectTimeout" is only for the protocol auto, and this one is http; set "protocol" to auto, or remove the key',
      'g.yaml:3:40: "detectTimeout" is only for the protocol auto, and the default is tcp; add "protocol: auto"',
    ],
  },
  {
    name: "http as a word",
    text: `listeners:\n  web: { address: ":80", protocol: http, http: on }\n${APP}${ALL}`,
    errors: ['g.yaml:2:48: "http" is the text "on"; expected a map'],
  },
  {
    name: "a protocol of another proxy",
    text: listener('address: ":80", protocol: https, upstream: app'),
    errors: ['g.yaml:2:36: "protocol" is the text "https"; expected tcp, http or auto; did you mean "http"?'],
  },
  {
    name: "timeouts without units",
    text: http("headerTimeout: 10, idleTimeout: 0, bodyTimeout: off"),
    errors: [
      'g.yaml:2:65: Duration "10" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "10s" or "10ms"',
      'g.yaml:2:82: Duration "0" is too short; expected a duration from 1ms to 24d',
      'g.yaml:2:98: Duration "off" is not readable; expected a duration such as 500ms, 30s or 1h30m',
    ],
  },
  {
    name: "limits out of bounds",
    text: http("maxRequests: 0, maxHeaders: 1001, maxLine: 100B, maxHead: 2MiB, maxBody: 0B"),
    errors: [
      'g.yaml:2:63: "maxRequests" is 0; expected a whole number from 1 to 1000000000',
      'g.yaml:2:78: "maxHeaders" is 1001; expected a whole number from 1 to 1000',
      'g.yaml:2:93: Size "100B" is too small; expected a size from 256B to 1MiB',
      'g.yaml:2:108: Size "2MiB" is too large; expected a size from 256B to 1MiB',
      'g.yaml:2:123: Size "0B" is too small; expected off or a size from 1B to 1024GiB',
    ],
  },
  {
    name: "a line larger than the head",
    text: http("maxLine: 32KiB, maxHead: 20KiB"),
    errors: ['g.yaml:2:59: "maxLine" is 32KiB, larger than "maxHead": 20KiB; expected at most 20KiB'],
  },
  {
    name: "a line larger than the default head",
    text: http("maxLine: 32KiB"),
    errors: [
      'g.yaml:2:59: "maxLine" is 32KiB, larger than the default of "maxHead": 16KiB; expected at most 16KiB; or set "maxHead" to at least 32KiB',
    ],
  },
  {
    name: "a head smaller than the default line",
    text: http("maxHead: 4KiB"),
    errors: [
      'g.yaml:2:59: "maxHead" is 4KiB, smaller than the default of "maxLine": 8KiB; set "maxLine" to at most 4KiB',
    ],
  },
  {
    name: "a body rate that is on",
    text: http("minBodyRate: on"),
    errors: [
      'g.yaml:2:63: "minBodyRate" is the text "on"; expected off, or a map such as { rate: "1KiB/s" }; remove the key: it is on by default',
    ],
  },
  {
    name: "body rates that are none",
    text: http("minBodyRate: { rate: 240, after: 10 }"),
    errors: [
      'g.yaml:2:71: Rate "240" is not readable; expected a rate such as 240B/s or 1KiB/s',
      'g.yaml:2:83: Duration "10" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "10s" or "10ms"',
    ],
  },
  {
    name: "a body rate without a second",
    text: http("minBodyRate: { rate: 240B }"),
    errors: ['g.yaml:2:71: Rate "240B" is not readable; expected a rate such as 240B/s or 1KiB/s; write "240B/s"'],
  },
  {
    name: "proxies that are no blocks",
    text: http('trustedProxies: [proxy.internal, "10.0.0.1:80"]'),
    errors: [
      'g.yaml:2:67: "proxy.internal" is not a block of addresses; expected an IP address, or a block such as 10.0.0.0/8 or fd00::/8',
      'g.yaml:2:83: "10.0.0.1:80" is not a block of addresses; expected an IP address, or a block such as 10.0.0.0/8 or fd00::/8',
    ],
  },
  {
    name: "proxies as text",
    text: http("trustedProxies: 10.0.0.1"),
    errors: ['g.yaml:2:66: "trustedProxies" is the text "10.0.0.1"; expected a list; write ["10.0.0.1"]'],
  },
  {
    name: "words of forwarding",
    text: http("forwarding: { xForwarded: off, requestId: generate, trace: on, via: a b }"),
    errors: [
      'g.yaml:2:76: "xForwarded" is the text "off"; expected true or false; write false',
      'g.yaml:2:92: "requestId" is the text "generate"; expected keep, make or off',
      'g.yaml:2:109: "trace" is the text "on"; expected continue, start or off',
      'g.yaml:2:118: Name "a b" is not allowed; expected off or a name such as geryon',
    ],
  },
  {
    name: "keys of forwarding in http",
    text: http("xForwarded: true, via: a"),
    errors: [
      'g.yaml:2:50: Unknown key "xForwarded" in http of a listener; it belongs to forwarding',
      'g.yaml:2:68: Unknown key "via" in http of a listener; it belongs to forwarding',
    ],
  },
  {
    name: "encoded slashes that are off",
    text: http("encodedSlashes: off, mergeSlashes: off"),
    errors: [
      'g.yaml:2:66: "encodedSlashes" is the text "off"; expected reject or keep',
      'g.yaml:2:85: "mergeSlashes" is the text "off"; expected true or false; write false',
    ],
  },
  {
    name: "an error page of a status that is none",
    text: http("errorPages: { 200: { body: x }, 5xx: { body: x }, 503: x }"),
    errors: [
      `g.yaml:2:64: Error page "200" is not an error's status; expected a status from 400 to 599`,
      `g.yaml:2:82: Error page "5xx" is not an error's status; expected a status from 400 to 599`,
      'g.yaml:2:105: "503" is the text "x"; expected a map',
    ],
  },
  {
    name: "an error page in a file, where there are none",
    text: http("errorPages: { 503: { file: ./503.html } }"),
    errors: ['g.yaml:2:77: File "./503.html" cannot be read: there are no files here'],
  },
  {
    name: "trailers that would fool somebody",
    text: http("trailers: [grpc-status, Content-Length, authorization, host, 'a b']"),
    errors: [
      'g.yaml:2:74: Header "Content-Length" is not for trailers; whoever merges trailers into headers would be fooled',
      'g.yaml:2:90: Header "authorization" is not for trailers; whoever merges trailers into headers would be fooled',
      'g.yaml:2:105: Header "host" is not for trailers; whoever merges trailers into headers would be fooled',
      'g.yaml:2:111: Header name "a b" is not allowed; expected a name of letters, digits and hyphens',
    ],
  },
  {
    name: "words of other proxies for http",
    text: http("keepalive_requests: 5, client_max_body_size: 1MiB, set_real_ip_from: []"),
    errors: [
      'g.yaml:2:50: Unknown key "keepalive_requests" in http of a listener; did you mean "maxRequests"?',
      'g.yaml:2:73: Unknown key "client_max_body_size" in http of a listener; did you mean "maxBody"?',
      'g.yaml:2:101: Unknown key "set_real_ip_from" in http of a listener; did you mean "trustedProxies"?',
    ],
  },
  {
    name: "an upstream's http as a word",
    text: `${HTTP_WEB}${APP}    http: on\n${ALL}`,
    errors: ['g.yaml:6:11: "http" is the text "on"; expected a map'],
  },
  {
    name: "keepAlive that is on",
    text: upstreamHttp("keepAlive: on"),
    errors: [
      'g.yaml:6:24: "keepAlive" is the text "on"; expected off, or a map such as { maxIdle: 100 }; remove the key: it is on by default',
    ],
  },
  {
    name: "mistakes inside keepAlive",
    text: upstreamHttp("keepAlive: { idleTimeout: 4, maxIdle: 0, timeout: 5s }"),
    errors: [
      'g.yaml:6:39: Duration "4" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "4s" or "4ms"',
      'g.yaml:6:51: "maxIdle" is 0; expected a whole number from 1 to 100000',
      'g.yaml:6:54: Unknown key "timeout" in keepAlive of an upstream; it belongs to queue, health, resolve',
    ],
  },
  {
    name: "a retry that is on",
    text: upstreamHttp("retry: true"),
    errors: [
      'g.yaml:6:20: "retry" is true; expected off, or a map such as { attempts: 2, on: ["reset", 503] }; remove the key: it is on by default',
    ],
  },
  {
    name: "conditions that are none",
    text: upstreamHttp("retry: { on: [5xx, 200, resett, 503.5, true] }"),
    errors: [
      'g.yaml:6:27: "on[0]" is the text "5xx"; expected reset, timeout or a status from 400 to 599; write 500, 502, 503 and what else is meant',
      'g.yaml:6:32: "on[1]" is 200; expected reset, timeout or a status from 400 to 599',
      'g.yaml:6:37: "on[2]" is the text "resett"; expected reset, timeout or a status from 400 to 599; did you mean "reset"?',
      'g.yaml:6:45: "on[3]" is 503.5; expected reset, timeout or a status from 400 to 599',
      'g.yaml:6:52: "on[4]" is true; expected reset, timeout or a status from 400 to 599',
    ],
  },
  {
    name: "no conditions",
    text: upstreamHttp("retry: { on: [] }"),
    errors: ['g.yaml:6:26: "on" is empty; expected at least one'],
  },
  {
    name: "retries without an attempt",
    text: upstreamHttp("retry: { attempts: 0 }"),
    errors: ['g.yaml:6:32: "attempts" is 0; expected a whole number from 1 to 10; for none set "retry" to off'],
  },
  {
    name: "a backoff above the longest",
    text: upstreamHttp("retry: { backoff: 1s, maxBackoff: 500ms }"),
    errors: ['g.yaml:6:31: "backoff" is 1s, longer than "maxBackoff": 500ms; expected at most 500ms'],
  },
  {
    name: "a longest backoff below the default",
    text: upstreamHttp("retry: { maxBackoff: 10ms }"),
    errors: [
      'g.yaml:6:34: "maxBackoff" is 10ms, shorter than the default of "backoff": 25ms; set "backoff" to at most 10ms',
    ],
  },
  {
    name: "an attempt longer than all of them",
    text: upstreamHttp("responseTimeout: 5s, retry: { perTryTimeout: 6s }"),
    errors: ['g.yaml:6:58: "perTryTimeout" is 6s, longer than "responseTimeout": 5s; expected at most 5s'],
  },
  {
    name: "an attempt longer than the default",
    text: upstreamHttp("retry: { perTryTimeout: 31s }"),
    errors: ['g.yaml:6:37: "perTryTimeout" is 31s, longer than "responseTimeout": 30s; expected at most 30s'],
  },
  {
    name: "a hedge that is never due",
    text: upstreamHttp("responseTimeout: 5s, hedge: { delay: 5s }"),
    errors: ['g.yaml:6:50: "delay" is 5s, not shorter than "responseTimeout": 5s; expected less than 5s'],
  },
  {
    name: "a hedge without a delay",
    text: upstreamHttp("hedge: {}"),
    errors: ['g.yaml:6:13: "delay" is missing in upstreams.app.http.hedge; expected a duration from 1ms to 24d'],
  },
  {
    name: "a hedge that is on",
    text: upstreamHttp("hedge: true"),
    errors: ['g.yaml:6:20: "hedge" is true; expected off, or a map such as { delay: 50ms }'],
  },
  {
    name: "hedges by the words of others",
    text: upstreamHttp("hedging: { delay: 50ms }"),
    errors: ['g.yaml:6:13: Unknown key "hedging" in http of an upstream; did you mean "hedge"?'],
  },
  {
    name: "a hedge's delay by another word",
    text: upstreamHttp("hedge: { after: 50ms }"),
    errors: ['g.yaml:6:22: Unknown key "after" in hedge; did you mean "delay"?'],
  },
  {
    name: "an access log of no form",
    text: httpTopLevel("log: { access: { format: text, sample: 10 } }"),
    errors: [
      'g.yaml:7:26: "format" is the text "text"; expected auto, json, clf, combined or a template such as {client} {status}',
      'g.yaml:7:40: Percentage "10" has no "%"; expected a percentage such as 30%; write "10%"',
    ],
  },
  {
    name: "an access log with an unknown variable",
    text: httpTopLevel('log: { access: { format: "{client} {statuss}" } }'),
    errors: [
      'g.yaml:7:26: Unknown variable "{statuss}"; expected time, time_clf, listener, route, peer, client, upstream, endpoint, method, host, target, protocol, status, outcome, source, reason, request_id, trace_id, referer, user_agent, attempts, reused, bytes_up, bytes_down, queue_ms, connect_ms, first_byte_ms or duration_ms; did you mean "{status}"?',
    ],
  },
  {
    name: "an access log over two lines",
    text: httpTopLevel('log: { access: { format: "{client}\\n{status}" } }'),
    errors: ["g.yaml:7:26: Template has a line break in it; expected one line"],
  },
  {
    name: "an access log that is too long",
    text: httpTopLevel(`log: { access: { format: "{client} ${"x".repeat(1024)}" } }`),
    errors: ["g.yaml:7:26: Template is 1033 characters long; expected at most 1024"],
  },
  {
    name: "an access log as a word",
    text: httpTopLevel("log: { access: combined }"),
    errors: [
      'g.yaml:7:16: "access" is the text "combined"; expected true, false, or a map such as { format: combined }; write { format: combined }',
    ],
  },
  {
    name: "a preStop without a unit",
    text: httpTopLevel("preStop: 5"),
    errors: [
      'g.yaml:7:10: Duration "5" has no unit; expected a duration such as 500ms, 30s or 1h30m; write "5s" or "5ms"',
    ],
  },
];
