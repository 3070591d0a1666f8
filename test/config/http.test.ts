import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Config } from "../../src/config/config.ts";
import { formatConfigError } from "../../src/config/config-error.ts";
import { type ConfigFormat, parseConfig } from "../../src/config/parse-config.ts";
import type { RouteSettings } from "../../src/core/server/http-settings.ts";
import { ALL, APP, HTTP_WEB, http, httpTopLevel, match, route, routes, upstreamHttp } from "./wrong-config.ts";

function parse(text: string, format: ConfigFormat = "yaml"): Config {
  const result = parseConfig(text, { file: "g", format, env: {} });
  assert.ok(result.ok, result.ok ? "" : result.errors.map(formatConfigError).join("\n"));
  return result.config;
}

function warnings(text: string): readonly string[] {
  const result = parseConfig(text, { file: "g", format: "yaml", env: {} });
  assert.ok(result.ok, result.ok ? "" : result.errors.map(formatConfigError).join("\n"));
  return result.warnings.map(formatConfigError);
}

function firstRoute(text: string): RouteSettings {
  const [first] = parse(text).routes;
  assert.ok(first !== undefined);
  return first;
}

function httpOf(keys: string): unknown {
  const [listener] = parse(http(keys)).listeners;
  assert.ok(listener?.protocol === "http");
  return listener.http;
}

const noRules = { remove: [], set: [], add: [] };

describe("listeners of a config", () => {
  it("have all defaults of HTTP", () => {
    assert.deepEqual(parse(`${HTTP_WEB}${APP}${ALL}`).listeners, [
      {
        name: "web",
        address: { kind: "tcp", host: "::", port: 80 },
        protocol: "http",
        idleTimeoutMs: 600_000,
        finTimeoutMs: 30_000,
        bufferBytes: 65_536,
        backlog: 4096,
        keepAliveMs: 60_000,
        ipv6Only: false,
        http: {
          headerTimeoutMs: 10_000,
          idleTimeoutMs: 60_000,
          bodyTimeoutMs: 30_000,
          minBodyRate: { bytesPerSecond: 240, graceMs: 10_000 },
          maxRequests: 1000,
          maxAgeMs: 3_600_000,
          maxLineBytes: 8192,
          maxHeadBytes: 16_384,
          maxHeaders: 100,
          trustedProxies: [],
          forwarding: {
            xForwarded: true,
            forwarded: false,
            xRealIp: true,
            via: "geryon",
            requestId: "keep",
            trace: "continue",
          },
          encodedSlashes: "reject",
          mergeSlashes: true,
          errorPages: [],
          trailers: [],
        },
      },
    ]);
  });

  it("carry both with auto", () => {
    const text = `listeners:\n  both: { address: ":80", protocol: auto, upstream: app, detectTimeout: 1s }\n${APP}${ALL}`;
    const [both] = parse(text).listeners;
    assert.ok(both?.protocol === "auto");
    assert.equal(both.upstream, "app");
    assert.equal(both.detectTimeoutMs, 1000);
    assert.equal(both.http.maxHeaders, 100);
    const [byDefault] = parse(text.replace(", detectTimeout: 1s", "")).listeners;
    assert.ok(byDefault?.protocol === "auto");
    assert.equal(byDefault.detectTimeoutMs, 3000);
  });

  it("take every key of HTTP", () => {
    const keys = [
      "headerTimeout: 1s, idleTimeout: 2s, bodyTimeout: 3s, minBodyRate: { rate: 1KiB/s, after: 4s }, maxRequests: 5",
      "maxAge: 6s, maxLine: 1KiB, maxHead: 2KiB, maxHeaders: 7, maxBody: 8MiB",
      'trustedProxies: ["10.0.0.0/8", "FD00::/8", "::FFFF:1.2.3.4", "127.0.0.1"]',
      "forwarding: { xForwarded: false, forwarded: true, realIp: false, via: edge, requestId: make, trace: start }",
      "encodedSlashes: keep, mergeSlashes: false",
      "errorPages: { 503: { body: soon }, 404: { body: '{}', contentType: application/json } }",
      "trailers: [Grpc-Status]",
    ];
    assert.deepEqual(httpOf(keys.join(", ")), {
      headerTimeoutMs: 1000,
      idleTimeoutMs: 2000,
      bodyTimeoutMs: 3000,
      minBodyRate: { bytesPerSecond: 1024, graceMs: 4000 },
      maxRequests: 5,
      maxAgeMs: 6000,
      maxLineBytes: 1024,
      maxHeadBytes: 2048,
      maxHeaders: 7,
      maxBodyBytes: 8_388_608,
      trustedProxies: ["10.0.0.0/8", "fd00::/8", "::ffff:1.2.3.4", "127.0.0.1"],
      forwarding: {
        xForwarded: false,
        forwarded: true,
        xRealIp: false,
        via: "edge",
        requestId: "make",
        trace: "start",
      },
      encodedSlashes: "keep",
      mergeSlashes: false,
      errorPages: [
        { status: 404, contentType: "application/json", body: "{}" },
        { status: 503, contentType: "text/html; charset=utf-8", body: "soon" },
      ],
      trailers: ["grpc-status"],
    });
  });

  it("switch off what can be switched off", () => {
    const settings = httpOf(
      "minBodyRate: off, maxBody: off, forwarding: { via: off, requestId: off, trace: false }",
    ) as Record<string, unknown>;
    assert.deepEqual(settings["minBodyRate"], { bytesPerSecond: 0, graceMs: 0 });
    assert.equal("maxBodyBytes" in settings, false);
    const forwarding = { xForwarded: true, forwarded: false, xRealIp: true, via: "", requestId: "off", trace: "off" };
    assert.deepEqual(settings["forwarding"], forwarding);
  });

  it("warn of trust in everybody", () => {
    assert.deepEqual(warnings(http('trustedProxies: ["10.0.0.0/8", "0.0.0.0/0", "::/0"]')), [
      'g:2:81: Block "0.0.0.0/0" is everybody: any client may say who it is; name the proxies in front of this one',
      'g:2:94: Block "::/0" is everybody: any client may say who it is; name the proxies in front of this one',
    ]);
  });
});

describe("upstreams of a config", () => {
  const settings = (keys: string): unknown => parse(upstreamHttp(keys)).upstreams[0]?.http;

  it("take every key of HTTP", () => {
    const keys = [
      "responseTimeout: 10s, readTimeout: 2s, keepAlive: { idleTimeout: 3s, maxIdle: 4, maxAge: 5s }",
      "retry: { attempts: 7, on: [reset, timeout, 503], nonIdempotent: true, backoff: 8ms, maxBackoff: 9ms, perTryTimeout: 1s, maxBody: 0B }",
      "hedge: { delay: 80ms }",
    ];
    assert.deepEqual(settings(keys.join(", ")), {
      responseTimeoutMs: 10_000,
      readTimeoutMs: 2000,
      keepAlive: { idleTimeoutMs: 3000, maxIdle: 4, maxAgeMs: 5000 },
      retry: {
        attempts: 7,
        on: ["reset", "timeout", 503],
        nonIdempotent: true,
        backoffMs: 8,
        maxBackoffMs: 9,
        perTryTimeoutMs: 1000,
        maxBodyBytes: 0,
      },
      hedge: { delayMs: 80 },
    });
  });

  it("send no request twice at a time, unless they say so", () => {
    for (const keys of ["readTimeout: 2s", "hedge: off"])
      assert.equal("hedge" in (settings(keys) as object), false, keys);
  });

  it("switch off connections that wait, and retries", () => {
    assert.deepEqual(settings("keepAlive: off, retry: off"), {
      responseTimeoutMs: 30_000,
      readTimeoutMs: 60_000,
      keepAlive: { idleTimeoutMs: 0, maxIdle: 0, maxAgeMs: 0 },
      retry: { attempts: 0, on: [], nonIdempotent: false, backoffMs: 0, maxBackoffMs: 0, maxBodyBytes: 0 },
    });
  });

  it("let the longest backoff give way when it is the default", () => {
    const { retry } = settings("retry: { backoff: 1s }") as { retry: Record<string, unknown> };
    assert.equal(retry["backoffMs"], 1000);
    assert.equal(retry["maxBackoffMs"], 1000);
  });
});

describe("routes of a config", () => {
  it("have all defaults", () => {
    assert.deepEqual(firstRoute(route("upstream: app")), {
      name: "r",
      match: { headers: [], query: [] },
      action: { kind: "forward", upstreams: [{ name: "app", weight: 1 }] },
      requestHeaders: noRules,
      responseHeaders: noRules,
      upgrades: ["websocket"],
      tunnelTimeoutMs: 600_000,
    });
  });

  it("take every key", () => {
    const keys = [
      "listeners: [web], upstreams: [{ name: app, weight: 0 }, { name: app2 }]",
      "rewrite: { host: 'B.example:81', path: /b, query: '' }",
      "requestHeaders: { remove: [Cookie], set: { X-A: '{client.ip} {{x}}' }, add: { X-B: '{header:X-C}' } }",
      "responseHeaders: { set: { X-D: d } }, maxBody: 1KiB, responseTimeout: 5s, upgrades: [WebSocket, IRC], tunnelTimeout: 1h",
    ];
    const text = `${HTTP_WEB}${APP}  app2:\n    endpoints: ["10.0.0.2:80"]\nroutes:\n  - { name: r, ${keys.join(", ")} }\n`;
    assert.deepEqual(firstRoute(text), {
      name: "r",
      listeners: ["web"],
      match: { headers: [], query: [] },
      action: {
        kind: "forward",
        upstreams: [
          { name: "app", weight: 0 },
          { name: "app2", weight: 1 },
        ],
        rewrite: { host: "B.example:81", path: { kind: "full", value: "/b" }, query: "" },
      },
      requestHeaders: {
        remove: ["cookie"],
        set: [{ name: "x-a", value: "{client.ip} {{x}}" }],
        add: [{ name: "x-b", value: "{header:X-C}" }],
      },
      responseHeaders: { remove: [], set: [{ name: "x-d", value: "d" }], add: [] },
      maxBodyBytes: 1024,
      responseTimeoutMs: 5000,
      upgrades: ["websocket", "irc"],
      tunnelTimeoutMs: 3_600_000,
    });
  });

  it("take every kind of match", () => {
    const keys = [
      'host: ["A.Example.", "*.B.example", "[::1]", "10.0.0.1"], methods: [GET, PURGE]',
      "headers: { X-A: '1', x-b: { prefix: a }, x-c: { regex: 'a+' }, x-d: { present: true }, x-e: { present: false } }",
      "query: { Q: '', r: { prefix: '' } }, clients: ['10.0.0.0/8', '::1']",
    ];
    assert.deepEqual(firstRoute(match(keys.join(", "))).match, {
      hosts: ["a.example", "*.b.example", "[::1]", "10.0.0.1"],
      methods: ["GET", "PURGE"],
      headers: [
        { name: "x-a", kind: "exact", value: "1" },
        { name: "x-b", kind: "prefix", value: "a" },
        { name: "x-c", kind: "regex", value: "a+" },
        { name: "x-d", kind: "present", value: "" },
        { name: "x-e", kind: "absent", value: "" },
      ],
      query: [
        { name: "Q", kind: "exact", value: "" },
        { name: "r", kind: "prefix", value: "" },
      ],
      clients: ["10.0.0.0/8", "::1"],
    });
    assert.deepEqual(firstRoute(match("host: a.example")).match.hosts, ["a.example"]);
    for (const [key, kind, value] of [
      ["path", "exact", "/a"],
      ["pathPrefix", "prefix", "/a/"],
      ["pathTemplate", "template", "/a/:id/*rest"],
      ["pathRegex", "regex", "/a/(\\d+)"],
    ] as const) {
      assert.deepEqual(firstRoute(match(`${key}: '${value}'`)).match.path, { kind, value });
    }
  });

  it("redirect", () => {
    const action = (keys: string): unknown => firstRoute(route(keys)).action;
    assert.deepEqual(
      action("redirect: { scheme: https, host: b.example, port: 8443, path: /b, query: 'x=1', status: 308 }"),
      {
        kind: "redirect",
        status: 308,
        scheme: "https",
        host: "b.example",
        port: 8443,
        path: { kind: "full", value: "/b" },
        query: "x=1",
      },
    );
    assert.deepEqual(action("match: { pathPrefix: /a }, redirect: { prefix: /b }"), {
      kind: "redirect",
      status: 302,
      path: { kind: "prefix", value: "/b" },
    });
    // Other methods of the same path are other requests.
    assert.deepEqual(action("match: { path: /a, methods: [POST] }, redirect: { path: /a, status: 303 }"), {
      kind: "redirect",
      status: 303,
      path: { kind: "full", value: "/a" },
    });
  });

  it("need no upstreams when they answer by themselves", () => {
    const text = `${HTTP_WEB}routes: [{ name: r, redirect: { scheme: https } }]\n`;
    assert.deepEqual(parse(text).upstreams, []);
  });

  it("respond", () => {
    const action = (keys: string): unknown => firstRoute(route(keys)).action;
    const type = "text/plain; charset=utf-8";
    assert.deepEqual(action("respond: {}"), { kind: "respond", status: 200, contentType: type, body: "" });
    assert.deepEqual(action("respond: { status: 418, body: tea, contentType: a/b }"), {
      kind: "respond",
      status: 418,
      contentType: "a/b",
      body: "tea",
    });
  });

  it("switch off the listener's limit of bodies, and upgrades", () => {
    const { maxBodyBytes, upgrades } = firstRoute(route("upstream: app, maxBody: off, upgrades: off"));
    assert.equal(maxBodyBytes, Number.MAX_SAFE_INTEGER);
    assert.deepEqual(upgrades, []);
  });

  it("rewrite to parts of a template and groups of an expression", () => {
    parse(route('upstream: app, match: { pathTemplate: "/:a/*b" }, rewrite: { path: "/:b/:a" }'));
    parse(route('upstream: app, match: { pathRegex: "/(a)/(?<b>b)" }, rewrite: { path: "/$2/$1" }'));
    // Without a template a colon is a colon.
    parse(route('upstream: app, match: { pathPrefix: "/a" }, rewrite: { path: "/b/:a" }'));
  });

  it("may be as many as fit into a file", () => {
    const lines = Array.from(
      { length: 10_000 },
      (_, n) => `  - { name: r${n}, match: { path: /${n} }, upstream: app }`,
    );
    assert.equal(parse(routes(lines.join("\n"))).routes.length, 10_000);
  });

  it("are as many as somebody could want at most", () => {
    const list = JSON.stringify(Array.from({ length: 10_001 }, (_, n) => ({ name: `r${n}`, upstream: "app" })));
    const result = parseConfig(`${HTTP_WEB}${APP}routes: ${list}\n`, { file: "g", format: "yaml", env: {} });
    assert.deepEqual(result.ok ? [] : result.errors.map(formatConfigError), [
      'g:6:9: "routes" has 10001 entries; expected at most 10000',
    ]);
  });

  it("warn of what is never reached", () => {
    const same = (a: string, b: string, more = ""): readonly string[] =>
      warnings(
        routes(
          `  - { name: a, upstream: app, match: { ${a} } }\n  - { name: b, upstream: app, match: { ${b} }${more} }`,
        ),
      );
    const said = [
      'g:8:31: Route "b" is never reached: route "a" has the same match and comes first; remove one of the two, or make their matches different',
    ];
    assert.deepEqual(same("path: /a", "path: /a"), said);
    assert.deepEqual(same("pathPrefix: /a", "pathPrefix: /a/"), said);
    assert.deepEqual(same('pathTemplate: "/a/:x/*y"', 'pathTemplate: "/a/:id/*rest"'), said);
    assert.deepEqual(same("methods: [GET, POST], host: [a, b]", "host: [b, A], methods: [POST, GET]"), said);
    assert.deepEqual(same('headers: { x-a: "1", x-b: "2" }', 'headers: { X-B: "2", x-a: "1" }'), said);
    assert.deepEqual(same("", "", ", listeners: [web]"), said);
    assert.deepEqual(same("path: /a", "path: /b"), []);
    assert.deepEqual(same("path: /a", "pathPrefix: /a"), []);
    assert.deepEqual(same('headers: { x-a: "1" }', "headers: { x-a: { prefix: '1' } }"), []);
    assert.deepEqual(same('query: { a: "1" }', 'headers: { a: "1" }'), []);
  });

  it("are reached on another listener", () => {
    const two = `listeners:\n  a: { address: ":80", protocol: http }\n  b: { address: ":81", protocol: http }\n${APP}`;
    assert.deepEqual(
      warnings(`${two}routes: [{ name: r, listeners: [a], upstream: app }, { name: s, upstream: app }]\n`),
      [],
    );
    assert.deepEqual(
      warnings(`${two}routes: [{ name: r, upstream: app }, { name: s, listeners: [b], upstream: app, match: {} }]\n`),
      [
        'g:7:80: Route "s" is never reached: route "r" has the same match and comes first; remove one of the two, or make their matches different',
      ],
    );
  });

  it("warn of keys without an effect", () => {
    const keys = "redirect: { path: /b }, requestHeaders: { remove: [a] }, tunnelTimeout: 1s";
    assert.deepEqual(warnings(`${route(keys)}  - { name: s, match: { path: /s }, upstream: app }\n`), [
      'g:7:40: "requestHeaders" has no effect beside "redirect"; it is about what goes to an upstream',
      'g:7:73: "tunnelTimeout" has no effect beside "redirect"; it is about what goes to an upstream',
    ]);
  });

  it("say the same in TOML", () => {
    const toml = `
[listeners.web]
address = ":80"
protocol = "http"
[listeners.web.http.forwarding]
via = false
[upstreams.app]
endpoints = ["10.0.0.1:80"]
[[routes]]
name = "r"
upgrades = false
upstream = "app"
[routes.match]
pathPrefix = "/a"
headers = { x-a = { present = true } }
`;
    const yaml = `listeners:\n  web: { address: ":80", protocol: http, http: { forwarding: { via: off } } }\n${APP}routes:\n  - { name: r, upgrades: off, upstream: app, match: { pathPrefix: /a, headers: { x-a: { present: true } } } }\n`;
    assert.deepEqual(parse(toml, "toml"), parse(yaml));
  });
});

describe("the rest of a config of HTTP", () => {
  it("is an access log in any form", () => {
    const access = (text: string): unknown => parse(httpTopLevel(`log: { access: ${text} }`)).log.access;
    assert.equal(access("false"), false);
    assert.deepEqual(access("true"), { format: "auto", template: "", sample: 1 });
    assert.deepEqual(access("{ format: combined, sample: 12.5% }"), {
      format: "combined",
      template: "",
      sample: 0.125,
    });
    const template = "{time_clf} {{{status}}} {user_agent}";
    assert.deepEqual(access(`{ format: "${template}" }`), { format: "template", template, sample: 1 });
  });

  it("is a time before the drain", () => {
    assert.equal(parse(httpTopLevel("preStop: 5s")).preStopMs, 5000);
    assert.equal("preStopMs" in parse(httpTopLevel("preStop: 0")), false);
  });

  it("is a plain document that can cross to a worker", () => {
    const config = parse(readFileSync(new URL("../../examples/http.yaml", import.meta.url), "utf8"));
    assert.deepEqual(structuredClone(config), config);
  });

  it("has its defaults in the example", () => {
    // What examples/http.yaml shows as defaults, without what it adds to show it.
    const shown = parse(readFileSync(new URL("../../examples/http.yaml", import.meta.url), "utf8"));
    const plain = parse(`${HTTP_WEB}${APP}${ALL}`);
    const [web] = shown.listeners;
    const [other] = plain.listeners;
    assert.ok(web?.protocol === "http" && other?.protocol === "http");
    const { trustedProxies, errorPages, trailers, ...defaults } = web.http;
    assert.ok(trustedProxies.length + errorPages.length + trailers.length > 0);
    assert.deepEqual({ ...defaults, trustedProxies: [], errorPages: [], trailers: [] }, other.http);
    const { retry, ...rest } = shown.upstreams[0]?.http ?? assert.fail();
    const { perTryTimeoutMs, ...kept } = retry;
    assert.ok(perTryTimeoutMs !== undefined);
    assert.deepEqual({ ...rest, retry: kept }, plain.upstreams[0]?.http);
    assert.deepEqual(shown.log, plain.log);
  });
});
