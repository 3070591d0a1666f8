import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type CommandContext, exitCodes, UsageError } from "../../src/cli/command.ts";
import { explainCommand } from "../../src/cli/explain.ts";
import { parseArguments } from "../../src/cli/parse-arguments.ts";
import { repositoryFile } from "../support/geryon.ts";
import { TemporaryFolder } from "../support/programs.ts";

interface Output {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const gateway = `
listeners:
  web: { address: "127.0.0.1:8080", protocol: http }
  inner: { address: "127.0.0.1:8081", protocol: http, http: { encodedSlashes: keep } }
  db: { address: "127.0.0.1:5432", upstream: pages }
routes:
  - name: api
    listeners: [web]
    match: { host: api.example, pathPrefix: /api, methods: [GET], headers: { x-version: "2" }, clients: ["10.0.0.0/8"] }
    upstreams: [{ name: pages, weight: 3 }, { name: next, weight: 1 }]
    rewrite: { host: api.internal, prefix: /v2 }
    requestHeaders: { remove: [cookie], set: { x-client: "{client.ip}" }, add: { x-a: b } }
    responseHeaders: { remove: [server] }
    maxBody: off
    responseTimeout: 90s
    upgrades: off
  - { name: old, match: { path: /old }, redirect: { scheme: https, path: /new } }
  - { name: regex, match: { pathRegex: "/r/(.*)" }, upstream: next, rewrite: { path: /$1 } }
  - { name: inner, listeners: [inner], match: { pathPrefix: /in }, respond: { status: 418, body: "no\\ncoffee" } }
upstreams:
  pages:
    endpoints: ["10.0.0.1:80", { address: "10.0.0.2:80", weight: 3 }, { address: "10.0.0.3:80", backup: true }, { address: "10.0.0.4:80", state: draining }]
  next: { endpoints: ["10.0.0.5:80"], policy: maglev }
`;

/** Runs the command on a config of this text, which it finds at `-c FILE`. */
async function explain(args: readonly string[], text: string = gateway): Promise<Output> {
  using folder = new TemporaryFolder();
  const file = folder.file("g.yaml");
  writeFileSync(file, text);
  let out = "";
  let error = "";
  const context = {
    env: {},
    runtime: { clock: { wallTime: () => 0 } },
    terminal: {
      out: (part: string) => (out += part),
      error: (part: string) => (error += part),
      style: (_style: string, part: string) => part,
    },
  } as unknown as CommandContext;
  const code = await explainCommand.run(parseArguments(explainCommand, ["-c", file, ...args]), context);
  return { code, out, error: error.replaceAll(file, "g.yaml") };
}

const right = ["-H", "X-Version: 2", "-H", "Cookie: a=b", "--client", "10.1.2.3"];

describe("geryon explain", () => {
  it("says which route takes a request, what is sent, who gets how much, and why not the others", async () => {
    const { code, out } = await explain([...right, "GET", "http://API.example/x/../api/%75sers?page=1#top"]);
    assert.equal(code, exitCodes.ok);
    assert.equal(
      out,
      `  request     GET /x/../api/%75sers?page=1
  host        API.example
  matched as  /api/users
  client      10.1.2.3
  listener    web

Route api matches
  forward as  /v2/users?page=1
  host        api.internal
  request     remove cookie
  request     set x-client: {client.ip}
  request     add x-a: b
  answer      remove server
  max body    off
  timeout     1m30s
  upgrades    none

What an endpoint gets
  GET /v2/users?page=1 HTTP/1.1
  Host: api.internal
  X-Version: 2
  X-Forwarded-For: 10.1.2.3
  X-Forwarded-Proto: http
  X-Forwarded-Port: 8080
  X-Real-IP: 10.1.2.3
  Via: 1.1 geryon
  X-Forwarded-Host: API.example
  X-Request-ID: 0000000000000000-00000000
  x-client: 10.1.2.3
  x-a: b

Upstreams
  pages           75.0 %  p2c
    10.0.0.1:80   18.8 %
    10.0.0.2:80   56.3 %
    10.0.0.3:80    0.0 %  backup
    10.0.0.4:80    0.0 %  draining
  next            25.0 %  maglev
    10.0.0.5:80   25.0 %

Other routes
  old    path is not /old
  regex  path does not match /r/(.*)
  inner  is not for listener web
`,
    );
  });

  it("exits with 1 when no route matches, and says of each why", async () => {
    const cases: readonly (readonly [args: readonly string[], reason: string])[] = [
      [["GET", "http://other.example/api"], "host is not api.example"],
      [[...right, "GET", "http://api.example/apis"], "path is not /api and not below it"],
      [[...right, "PUT", "http://api.example/api"], "method is not GET"],
      [["GET", "http://api.example/api"], 'header x-version is not "2"'],
      [["-H", "x-version: 2", "GET", "http://api.example/api"], "client 127.0.0.1 is not in 10.0.0.0/8"],
    ];
    for (const [args, reason] of cases) {
      const { code, out } = await explain(args);
      assert.equal(code, exitCodes.failure, reason);
      assert.match(out, /^404: no route matches$/m);
      assert.ok(out.includes(`\n  api    ${reason}\n`), out);
    }
  });

  it("believes trusted proxies, and nobody else", async () => {
    const forwarded = ["-H", "X-Forwarded-For: 10.9.9.9", "-H", "X-Forwarded-Proto: https"];
    const trusting = gateway.replace("protocol: http }", "protocol: http, http: { trustedProxies: [127.0.0.1] } }");
    const args = ["-H", "X-Version: 2", ...forwarded, "GET", "http://api.example/api"];
    const believed = await explain(args, trusting);
    assert.equal(believed.code, exitCodes.ok);
    assert.match(believed.out, /^ {2}client {4}10\.9\.9\.9, as 127\.0\.0\.1 says$/m);
    assert.match(believed.out, /^ {2}X-Forwarded-For: 10\.9\.9\.9, 127\.0\.0\.1$/m);
    assert.match(believed.out, /^ {2}x-client: 10\.9\.9\.9$/m);
    assert.equal((await explain(args)).code, exitCodes.failure);
    // Behind a proxy that took TLS off, a redirect without a scheme stays with https.
    const text = trusting.replace("scheme: https, path: /new", "path: /new");
    assert.match(
      (await explain([...forwarded, "GET", "http://a.example/old"], text)).out,
      /302 https:\/\/a\.example\/new/,
    );
  });

  it("sends an upgrade on only where the route allows it", async () => {
    const upgrade = ["-H", "Connection: upgrade", "-H", "Upgrade: websocket", "GET", "/r/x"];
    assert.match((await explain(upgrade)).out, /^ {2}Upgrade: websocket$/m);
    const text = gateway.replace("upstream: next, rewrite", "upstream: next, upgrades: off, rewrite");
    assert.doesNotMatch((await explain(upgrade, text)).out, /^ {2}Upgrade: /m);
  });

  it("says where a redirect leads", async () => {
    const { code, out } = await explain(["GET", "http://a.example:8080/old?x=1"]);
    assert.equal(code, exitCodes.ok);
    assert.match(out, /^Route old matches\n {2}redirect {2}302 https:\/\/a\.example\/new\?x=1\n\nOther routes$/m);
  });

  it("says when a request goes no further", async () => {
    const last = async (method: string): Promise<string> =>
      (await explain(["-H", "Max-Forwards: 0", method, "/r/x"])).out;
    assert.match(
      await last("OPTIONS"),
      /^Route regex matches\n {2}respond {2}200, as Max-Forwards is 0\n\nOther routes$/m,
    );
    assert.match(await last("TRACE"), /respond {2}501, as Max-Forwards is 0\n/);
    assert.match(await last("GET"), /^ {2}Max-Forwards: 0$/m);
  });

  it("chooses the listener by its name, else by the port of the URL, else the first", async () => {
    for (const args of [
      ["--listener", "inner", "GET", "/in/a%2fb"],
      ["GET", "http://a.example:8081/in/a%2fb"],
    ]) {
      const { code, out } = await explain(args);
      assert.equal(code, exitCodes.ok);
      assert.match(out, /^ {2}listener +inner$/m);
      assert.match(
        out,
        /^Route inner matches\n {2}respond {2}418 text\/plain; charset=utf-8\n {2}body {5}"no\\ncoffee"$/m,
      );
    }
    assert.match((await explain(["GET", "http://a.example/in"])).out, /^ {2}listener +web$/m);
  });

  it("says what is refused before a route is asked, and why", async () => {
    for (const [args, verdict] of [
      [["GET", "/a%2fb"], "400: encoded slash in the path"],
      [["GET", "/../.."], "400: path goes above the root"],
      [["G T", "/"], "400: "],
      [["CONNECT", "/"], "400: "],
      [["-H", "Host: a b", "GET", "/"], "400: invalid host"],
      [["-H", "Host: a", "-H", "host: b", "GET", "/"], "400: "],
      [["GET", `/${"a".repeat(9000)}`], "414: "],
      [["-H", `x: ${"a".repeat(9000)}`, "GET", "/"], "431: "],
    ] as const) {
      const { code, out } = await explain(args);
      assert.equal(code, exitCodes.failure);
      assert.ok(out.includes(`\nRefused with ${verdict}`), out.slice(-200));
      const json = JSON.parse((await explain(["--json", ...args])).out) as { verdict: string; routes: unknown[] };
      assert.equal(json.verdict, "refused");
    }
  });

  it("says that a rewrite is refused", async () => {
    const text = gateway.replace('pathRegex: "/r/(.*)"', 'pathRegex: "/r/(\\\\.)a"').replace("path: /$1", "path: /.$1");
    const { code, out } = await explain(["GET", "/r/.a"], text);
    assert.equal(code, exitCodes.ok);
    assert.match(out, /^ {2}refused +400: the rewritten path has a dot segment$/m);
  });

  it("prints JSON for tools", async () => {
    const { code, out } = await explain([...right, "--json", "GET", "http://api.example/api"]);
    assert.equal(code, exitCodes.ok);
    const { verdict, request, route, routes } = JSON.parse(out) as Record<string, never>;
    assert.equal(verdict, "route");
    assert.deepEqual(request, {
      method: "GET",
      target: "/api",
      peer: "10.1.2.3",
      client: "10.1.2.3",
      listener: "web",
      host: "api.example",
      path: "/api",
    });
    const { name, kind, host, target, sent, upstreams } = route as unknown as {
      name: string;
      kind: string;
      host: string;
      target: string;
      sent: string[];
      upstreams: { share: number; endpoints: { share: number }[] }[];
    };
    assert.deepEqual([name, kind, host, target], ["api", "forward", "api.internal", "/v2"]);
    assert.deepEqual(sent.slice(0, 2), ["GET /v2 HTTP/1.1", "Host: api.internal"]);
    assert.deepEqual(
      upstreams.map(({ share }) => share),
      [0.75, 0.25],
    );
    assert.deepEqual(
      upstreams.flatMap(({ endpoints }) => endpoints.map(({ share }) => share)),
      [0.1875, 0.5625, 0, 0, 0.25],
    );
    assert.deepEqual(
      (routes as unknown as { index: number; name: string; matches: boolean }[]).map(
        ({ index, name: own, matches }) => [index, own, matches],
      ),
      [
        [0, "api", true],
        [1, "old", false],
        [2, "regex", false],
        [3, "inner", false],
      ],
    );
    const none = JSON.parse((await explain(["--json", "GET", "/none"])).out) as { verdict: string };
    assert.equal(none.verdict, "no-route");
  });

  it("stays within 80 columns", async () => {
    const hosts = Array.from({ length: 20 }, (_, n) => `host-${n}.example`);
    const text = gateway.replace("host: api.example", `host: [${hosts.join(", ")}]`);
    const { out } = await explain(["GET", "/"], text);
    assert.ok(out.includes("host-19.example"));
    for (const line of out.split("\n")) assert.ok(line.length <= 80, line);
  });

  it("shows no control characters of its arguments", async () => {
    const { out } = await explain(["GET", "/\u001b[31m"]);
    assert.ok(!out.includes("\u001b"));
    assert.match(out, /Refused with 400/);
  });

  it("refuses arguments that make no sense", async () => {
    const cases: readonly (readonly [args: readonly string[], message: string, hint: string])[] = [
      [["GET", "ftp://a/"], "'ftp://a/' is no URL", "Write http://HOST/PATH, or a path alone: /PATH"],
      [["GET", "a.example/x"], "'a.example/x' is no URL", "Write http://HOST/PATH, or a path alone: /PATH"],
      [["-H", "x", "GET", "/"], "'x' is no header", "Write -H 'NAME: VALUE'"],
      [["-H", "x: a\r\ny: b", "GET", "/"], "'x: a\r\ny: b' is no header", "Write -H 'NAME: VALUE'"],
      [["--client", "me", "GET", "/"], "Option '--client' is no IP address: 'me'", "Write --client 10.0.0.1"],
      [["--listener", "wep", "GET", "/"], "Unknown listener 'wep'", "Did you mean 'web'?"],
      [["--listener", "public", "GET", "/"], "Unknown listener 'public'", "Choose web, inner"],
      [["--listener", "db", "GET", "/"], "Listener 'db' has no routes: its protocol is tcp", "Choose web, inner"],
      [["/"], "An argument is missing", `Usage: geryon explain ${explainCommand.usage}`],
    ];
    for (const [args, message, hint] of cases) {
      await assert.rejects(
        () => explain(args),
        (error) => error instanceof UsageError && error.message === message && error.hint === hint,
        message,
      );
    }
    const tcp = 'listeners: { db: { address: ":1", upstream: u } }\nupstreams: { u: { endpoints: ["10.0.0.1:1"] } }\n';
    await assert.rejects(() => explain(["GET", "/"], tcp), /No listener of this config has routes/);
    const without = parseArguments(explainCommand, ["GET", "/"]);
    await assert.rejects(() => explainCommand.run(without, {} as CommandContext), /No config is given/);
  });

  it("says what is wrong with the config, and exits with 2", async () => {
    const { code, out, error } = await explain(["GET", "/"], gateway.replace("name: old", "name: api"));
    assert.equal(code, exitCodes.usage);
    assert.equal(out, "");
    assert.equal(
      error,
      'g.yaml:17:13: Name "api" is already the name of route 1; logs and metrics tell routes by their names\n',
    );
  });
});

describe("docs/routing.md", () => {
  it("shows what geryon explain prints", async () => {
    const page = readFileSync(repositoryFile("docs/routing.md"), "utf8");
    const config = /^```yaml\n([\s\S]*?)^```/m.exec(page)?.[1] ?? "";
    const sessions = [
      ...page.matchAll(/^```sh\ngeryon explain -c routing\.yaml (.*)\n```\n\n```text\n([\s\S]*?)^```/gm),
    ];
    assert.ok(sessions.length >= 4);
    for (const [, line = "", shown] of sessions) {
      const args = [...line.matchAll(/'([^']*)'|\S+/g)].map(([word, quoted]) => quoted ?? word);
      assert.equal((await explain(args, config)).out, shown, line);
    }
  });
});
