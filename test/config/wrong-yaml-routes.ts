/** YAML configs with wrong routes, with everything that is said about them. */
import { APP, HTTP_WEB, route, routes } from "./wrong-config.ts";
import type { WrongConfig } from "./wrong-config.ts";

/** The cases; the file is called `g.yaml`. */
export const wrongYamlRoutes: readonly WrongConfig[] = [
  {
    name: "a route without a name",
    text: routes("  - { upstream: app }"),
    errors: ['g.yaml:7:5: "name" is missing in routes[0]; expected a name of your own'],
  },
  {
    name: "a name that is not allowed",
    text: routes('  - { name: "a b", upstream: app }'),
    errors: [
      'g.yaml:7:13: Name "a b" is not allowed; expected a letter, then at most 62 letters, digits, ".", "_" or "-"',
    ],
  },
  {
    name: "two routes with one name",
    text: routes(`  - { name: a, upstream: app }\n  - { name: a, match: { path: /a }, upstream: app }`),
    errors: ['g.yaml:8:13: Name "a" is already the name of route 1; logs and metrics tell routes by their names'],
  },
  {
    name: "routes as a map",
    text: routes("  api: { upstream: app }"),
    errors: ['g.yaml:7:3: "routes" is a map; expected a list'],
  },
  {
    name: "a route that is text",
    text: routes("  - app"),
    errors: ['g.yaml:7:5: "routes[0]" is the text "app"; expected a map'],
  },
  {
    name: "a route that does nothing",
    text: routes("  - { name: a, match: { path: /a } }"),
    errors: [
      'g.yaml:7:5: What to do is missing in routes[0]; expected "upstream", "upstreams", "redirect" or "respond"',
    ],
  },
  {
    name: "a route that does nothing but what a slip meant",
    text: routes("  - { name: a, upsteam: app }"),
    errors: ['g.yaml:7:16: Unknown key "upsteam" in a route; did you mean "upstream"?'],
  },
  {
    name: "a route that does two things",
    text: route("upstream: app, redirect: { path: /b }"),
    errors: ['g.yaml:7:31: "upstream" and "redirect" are both set; expected one of them'],
  },
  {
    name: "a route that does three things",
    text: route("upstreams: [{ name: app }], upstream: app, respond: {}"),
    errors: [
      'g.yaml:7:16: "upstream" and "upstreams" are both set; expected one of them',
      'g.yaml:7:59: "upstream" and "respond" are both set; expected one of them',
    ],
  },
  {
    name: "routes that need upstreams where there are none",
    text: `${HTTP_WEB}routes: [{ name: a, redirect: { path: /b } }, { name: b, upstream: app, match: { path: /b } }]\n`,
    errors: ['g.yaml:1:1: "upstreams" is missing; expected the upstreams by name, at least one'],
  },
  {
    name: "a protocol that needs upstreams where there are none",
    text: `listeners:\n  web: { address: ":80", protocol: auto, upstream: app }\nroutes: [{ name: a, redirect: { path: /b } }]\n`,
    errors: ['g.yaml:1:1: "upstreams" is missing; expected the upstreams by name, at least one'],
  },
  {
    name: "an unknown upstream",
    text: route("upstream: ap"),
    errors: ['g.yaml:7:26: Unknown upstream "ap"; expected app; did you mean "app"?'],
  },
  {
    name: "unknown upstreams",
    text: route("upstreams: [{ name: app }, { name: other }]"),
    errors: ['g.yaml:7:51: Unknown upstream "other"; expected app'],
  },
  {
    name: "an upstream twice",
    text: route("upstreams: [{ name: app }, { name: app, weight: 3 }]"),
    errors: [
      'g.yaml:7:51: Upstream "app" is already upstream 1 of this route; to send it more requests, raise its weight',
    ],
  },
  {
    name: "weights that are all 0",
    text: route("upstreams: [{ name: app, weight: 0 }]"),
    errors: ["g.yaml:7:16: Weights are all 0: no upstream gets a request; give one of them more"],
  },
  {
    name: "a weight out of bounds",
    text: route("upstreams: [{ name: app, weight: -1 }]"),
    errors: ['g.yaml:7:49: "weight" is -1; expected a whole number from 0 to 1000000'],
  },
  {
    name: "no upstreams",
    text: route("upstreams: []"),
    errors: ['g.yaml:7:27: "upstreams" is empty; expected at least one'],
  },
  {
    name: "upstreams as names",
    text: route("upstreams: [app]"),
    errors: ['g.yaml:7:28: "upstreams[0]" is the text "app"; expected a map'],
  },
  {
    name: "an unknown listener",
    text: route("upstream: app, listeners: [wep]"),
    errors: ['g.yaml:7:43: Unknown listener "wep"; expected web; did you mean "web"?'],
  },
  {
    name: "a listener with the protocol tcp",
    text: `${HTTP_WEB}  db: { address: ":81", upstream: app }\n${APP}routes:\n  - { name: r, upstream: app, listeners: [web, db] }\n`,
    errors: [
      'g.yaml:8:48: Listener "db" has the protocol tcp, which knows no routes; set its "protocol" to http or auto',
    ],
  },
  {
    name: "no listeners",
    text: route("upstream: app, listeners: []"),
    errors: ['g.yaml:7:42: "listeners" is empty; expected at least one'],
  },
  {
    name: "routes without a listener that serves them",
    text: `listeners:\n  web: { address: ":80", upstream: app }\n${APP}routes:\n  - { name: r, upstream: app }\n`,
    errors: [
      'g.yaml:6:1: "routes" are served by no listener: all have the protocol tcp; add "protocol: http" to a listener',
    ],
  },
  {
    name: "a listener without routes",
    text: `${HTTP_WEB}${APP}`,
    errors: [
      'g.yaml:2:3: Listener "web" has no route: every request would be answered with 404; write a route: routes: [{ name: all, match: { pathPrefix: / }, upstream: NAME }]',
    ],
  },
  {
    name: "a listener that no route names",
    text: `${HTTP_WEB}  both: { address: ":81", protocol: auto, upstream: app }\n${APP}routes:\n  - { name: r, upstream: app, listeners: [web] }\n`,
    errors: [
      'g.yaml:3:3: Listener "both" has no route: every request would be answered with 404; write a route: routes: [{ name: all, match: { pathPrefix: / }, upstream: NAME }]',
    ],
  },
  {
    name: "a rewrite beside a redirect",
    text: route("redirect: { path: /b }, rewrite: { path: /c }"),
    errors: [
      'g.yaml:7:40: "rewrite" is only for requests that go to an upstream, and there is "redirect"; write its keys under "redirect"',
    ],
  },
  {
    name: "a rewrite beside an answer",
    text: route("respond: {}, rewrite: { path: /c }"),
    errors: [
      'g.yaml:7:29: "rewrite" is only for requests that go to an upstream, and there is "respond"; remove the key',
    ],
  },
  {
    name: "a rewrite of path and prefix",
    text: route("upstream: app, match: { pathPrefix: /a }, rewrite: { path: /b, prefix: /c }"),
    errors: ['g.yaml:7:79: "path" and "prefix" are both set; expected one of them'],
  },
  {
    name: "a prefix without one",
    text: route("upstream: app, match: { path: /a }, rewrite: { prefix: /c }"),
    errors: [
      'g.yaml:7:63: "prefix" takes the place of "pathPrefix", which this route does not match; match "pathPrefix", or write "path"',
    ],
  },
  {
    name: "a part that the template does not have",
    text: route('upstream: app, match: { pathTemplate: "/a/:user" }, rewrite: { path: "/b/:usr" }'),
    errors: ['g.yaml:7:85: "pathTemplate" has no part ":usr"; expected ":user"; did you mean ":user"?'],
  },
  {
    name: "a part of a template without any",
    text: route('upstream: app, match: { pathTemplate: "/a" }, rewrite: { path: "/b/:x" }'),
    errors: ['g.yaml:7:79: "pathTemplate" has no part ":x"; expected a path without such parts'],
  },
  {
    name: "a group that the expression does not have",
    text: route('upstream: app, match: { pathRegex: "/a/([0-9]+)" }, rewrite: { path: "/b/$2" }'),
    errors: ['g.yaml:7:85: "pathRegex" has no group 2; expected $1'],
  },
  {
    name: "a group of an expression without any",
    text: route('match: { pathRegex: "/a" }, redirect: { path: "/b/$1" }'),
    errors: ['g.yaml:7:62: "pathRegex" has no group 1; expected a path without $1'],
  },
  {
    name: "a rewrite to a URL",
    text: route("upstream: app, rewrite: { host: http://a.example, path: http://a.example/x }"),
    errors: [
      'g.yaml:7:48: "http://a.example" is not a host; expected a host such as app.example or app.example:8080; write "a.example"',
      'g.yaml:7:72: Path "http://a.example/x" is a URL; expected a path from the root such as /api; write "/x"; its host is "host"',
    ],
  },
  {
    name: "a rewritten path with a query",
    text: route('upstream: app, rewrite: { path: "/b?c=1" }'),
    errors: [
      'g.yaml:7:48: Path "/b?c=1" has a query in it; expected a path from the root such as /api; write "/b"; what is behind the "?" is "query"',
    ],
  },
  {
    name: "a query with its question mark",
    text: route('upstream: app, rewrite: { query: "?a=1" }'),
    errors: ['g.yaml:7:49: Query "?a=1" starts with "?"; expected a query such as a=1&b=2; write "a=1"'],
  },
  {
    name: "a query with a space",
    text: route('upstream: app, rewrite: { query: "a=1 2" }'),
    errors: ['g.yaml:7:49: Query "a=1 2" has a space in it; expected a query such as a=1&b=2; write "%20" for it'],
  },
  {
    name: "a redirect with a status that is none",
    text: route("redirect: { path: /b, status: 200 }"),
    errors: ['g.yaml:7:46: "status" is 200; expected 301, 302, 303, 307 or 308'],
  },
  {
    name: "a redirect with a status in quotes",
    text: route('redirect: { path: /b, status: "301" }'),
    errors: ['g.yaml:7:46: "status" is the text "301"; expected 301, 302, 303, 307 or 308'],
  },
  {
    name: "a redirect to nowhere",
    text: route("redirect: { status: 301 }"),
    errors: ["g.yaml:7:16: Redirect leads to where it came from; expected scheme, host, port, path, prefix or query"],
  },
  {
    name: "a redirect to itself",
    text: route("match: { path: /a }, redirect: { path: /a }"),
    errors: ['g.yaml:7:55: Redirect leads to the path that the route itself matches: "/a"; expected another path'],
  },
  {
    name: "a redirect of a prefix to itself",
    text: route("match: { pathPrefix: /a }, redirect: { prefix: /a }"),
    errors: ['g.yaml:7:63: Redirect leads to the path that the route itself matches: "/a"; expected another path'],
  },
  {
    name: "a redirect to a host with a port",
    text: route('redirect: { host: "a.example:81", port: 82 }'),
    errors: [
      'g.yaml:7:34: Host "a.example:81" has a port; expected a host such as app.example; write "a.example"; which port it is, "port" says',
    ],
  },
  {
    name: "a redirect to another scheme",
    text: route("redirect: { scheme: ftp }"),
    errors: ['g.yaml:7:36: "scheme" is the text "ftp"; expected http or https'],
  },
  {
    name: "an answer with a status out of range",
    text: route("respond: { status: 600 }"),
    errors: ['g.yaml:7:35: "status" is 600; expected a whole number from 200 to 599'],
  },
  {
    name: "an answer with an informational status",
    text: route("respond: { status: 100 }"),
    errors: ['g.yaml:7:35: "status" is 100; expected a whole number from 200 to 599'],
  },
  {
    name: "an answer with a body that its status forbids",
    text: route("respond: { status: 204, body: x }"),
    errors: [
      'g.yaml:7:40: "body" is set, but an answer with the status 204 has none; remove the key, or choose another status',
    ],
  },
  {
    name: "an answer with a type over two lines",
    text: route('respond: { contentType: "a\\r\\nb: c" }'),
    errors: ['g.yaml:7:40: Header value "a\\r\\nb: c" has a control character in it; leave it out'],
  },
  {
    name: "an answer that is too long",
    text: route(`respond: { body: ${"x".repeat(65537)} }`),
    errors: ["g.yaml:7:33: Text is 65537 characters long; expected at most 65536"],
  },
  {
    name: "rules for headers that are not the user's",
    text: route(
      'upstream: app, requestHeaders: { set: { Host: a }, add: { Content-Length: "1", transfer-encoding: chunked }, remove: [Connection, upgrade, TE] }',
    ),
    errors: [
      'g.yaml:7:56: Header "Host" is not for rules; to send another one, use "host" of "rewrite"',
      'g.yaml:7:74: Header "Content-Length" is not for rules; remove it: the proxy sends its own, for each connection',
      'g.yaml:7:95: Header "transfer-encoding" is not for rules; remove it: the proxy sends its own, for each connection',
      'g.yaml:7:134: Header "Connection" is not for rules; remove it: the proxy sends its own, for each connection',
      'g.yaml:7:146: Header "upgrade" is not for rules; remove it: the proxy sends its own, for each connection',
      'g.yaml:7:155: Header "TE" is not for rules; remove it: the proxy sends its own, for each connection',
    ],
  },
  {
    name: "rules for headers of answers that are not the user's",
    text: route("upstream: app, responseHeaders: { set: { keep-alive: timeout=5 }, remove: [content-length] }"),
    errors: [
      'g.yaml:7:57: Header "keep-alive" is not for rules; remove it: the proxy sends its own, for each connection',
      'g.yaml:7:91: Header "content-length" is not for rules; remove it: the proxy sends its own, for each connection',
    ],
  },
  {
    name: "a header rule with a line break",
    text: route('upstream: app, requestHeaders: { set: { x-a: "a\\r\\nx-b: c" } }'),
    errors: ['g.yaml:7:61: Header value "a\\r\\nx-b: c" has a control character in it; leave it out'],
  },
  {
    name: "a header rule that is empty",
    text: route('upstream: app, requestHeaders: { set: { x-a: "" } }'),
    errors: ["g.yaml:7:61: Header value is empty; expected visible ASCII characters, and spaces between them"],
  },
  {
    name: "a header rule that is a number",
    text: route("upstream: app, requestHeaders: { add: { x-a: 1 } }"),
    errors: ['g.yaml:7:61: "x-a" is the number 1; expected text in quotes'],
  },
  {
    name: "a header rule twice",
    text: route("upstream: app, responseHeaders: { set: { X-A: a, x-a: b } }"),
    errors: ['g.yaml:7:65: Header "x-a" is already there as "X-A"; expected each name once'],
  },
  {
    name: "a header rule with a name that is none",
    text: route('upstream: app, responseHeaders: { remove: ["x a"], set: { "x:": a } }'),
    errors: [
      'g.yaml:7:59: Header name "x a" is not allowed; expected a name of letters, digits and hyphens',
      'g.yaml:7:74: Header name "x:" is not allowed; expected a name of letters, digits and hyphens',
    ],
  },
  {
    name: "an unknown variable",
    text: route(
      'upstream: app, requestHeaders: { set: { x-a: "{client.ipp}", x-b: "a {nothing} b", x-c: "{header:x y}" } }',
    ),
    errors: [
      'g.yaml:7:61: Unknown variable "{client.ipp}"; expected client.ip, client.port, listener, route, upstream, request.id, request.method, request.host, request.path, request.query, trace.id, "header:NAME" or time; did you mean "{client.ip}"?',
      'g.yaml:7:82: Unknown variable "{nothing}"; expected client.ip, client.port, listener, route, upstream, request.id, request.method, request.host, request.path, request.query, trace.id, "header:NAME" or time',
      'g.yaml:7:104: Unknown variable "{header:x y}"; expected client.ip, client.port, listener, route, upstream, request.id, request.method, request.host, request.path, request.query, trace.id, "header:NAME" or time',
    ],
  },
  {
    name: "braces that are no variable's",
    text: route('upstream: app, requestHeaders: { set: { x-a: "{", x-b: "}", x-c: "{{ok}} {client.ip" } }'),
    errors: [
      `g.yaml:7:61: Brace in "{" is no variable's; expected a variable such as {client.ip}; for the character itself write "{{"`,
      `g.yaml:7:71: Brace in "}" is no variable's; expected a variable such as {client.ip}; for the character itself write "}}"`,
      `g.yaml:7:81: Brace in "{{ok}} {client.ip" is no variable's; expected a variable such as {client.ip}; for the character itself write "{{"`,
    ],
  },
  {
    name: "header rules as a list",
    text: route("upstream: app, requestHeaders: [x-a]"),
    errors: ['g.yaml:7:47: "requestHeaders" is a list; expected a map'],
  },
  {
    name: "header rules without a verb",
    text: route("upstream: app, requestHeaders: { x-a: b }"),
    errors: ['g.yaml:7:49: Unknown key "x-a" in requestHeaders; expected remove, set or add'],
  },
  {
    name: "a protocol that passes by the routes",
    text: route("upstream: app, upgrades: [websocket, h2c]"),
    errors: ['g.yaml:7:53: Protocol "h2c" would carry requests past the routes; expected a protocol such as websocket'],
  },
  {
    name: "upgrades that are on",
    text: route("upstream: app, upgrades: on"),
    errors: [
      'g.yaml:7:41: "upgrades" is the text "on"; expected off, or a list such as [websocket]; write [websocket]',
    ],
  },
  {
    name: "a protocol that is none",
    text: route('upstream: app, upgrades: ["web socket"]'),
    errors: ['g.yaml:7:42: "web socket" is not a protocol; expected a protocol such as websocket'],
  },
  {
    name: "limits of a route",
    text: route("upstream: app, maxBody: 0, responseTimeout: 0, tunnelTimeout: off"),
    errors: [
      'g.yaml:7:40: Size "0" has no unit; expected a size such as 512B, 64KiB or 1MB; write "0B"',
      'g.yaml:7:60: Duration "0" is too short; expected a duration from 1ms to 24d',
      'g.yaml:7:78: Duration "off" is not readable; expected a duration such as 500ms, 30s or 1h30m',
    ],
  },
  {
    name: "words of other proxies for routes",
    text: route("backend: app, urlRewrite: {}, timeout: 5s"),
    errors: [
      'g.yaml:7:16: Unknown key "backend" in a route; did you mean "upstream"?',
      'g.yaml:7:30: Unknown key "urlRewrite" in a route; did you mean "rewrite"?',
      'g.yaml:7:46: Unknown key "timeout" in a route; did you mean "responseTimeout"?',
    ],
  },
];
