import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouteMatch } from "../../../src/core/route/route-match.ts";
import { RouteTable } from "../../../src/core/route/route-table.ts";
import { questionOf, type TestRequest } from "./request.ts";
import { routeSettings, type TestRoute, valueMatch } from "./settings.ts";

const noClient = (): string => assert.fail("Nobody asked for the client");

/** The name of the route that is found, which `explain` has to choose too; "none" for none. */
function find(routes: readonly TestRoute[], request: TestRequest, client: () => string = noClient): string {
  const table = new RouteTable(routes.map(routeSettings), ({ name }) => name);
  const { head, path } = questionOf(request);
  const match = new RouteMatch();
  const name = table.find(head, path, client, match) ?? "none";
  const verdicts = table.explain(head, path, client);
  const chosen = verdicts.find((verdict) => verdict.chosen);
  assert.equal(chosen?.name ?? "none", name, JSON.stringify(verdicts));
  assert.equal(chosen?.index ?? -1, match.index);
  return name;
}

/** `METHOD? host/path` and what is found. */
type Case = readonly [request: string, expected: string];

function check(what: string, routes: readonly TestRoute[], cases: readonly Case[]): void {
  describe(what, () => {
    for (const [request, expected] of cases) {
      it(`${request} goes to ${expected}`, () => {
        const [, method = "GET", host = "", target = ""] = /^(?:([A-Za-z]+) )?([^/ ]*)(.*)$/.exec(request) ?? [];
        assert.equal(find(routes, { method, host, target }), expected);
        // The order in the file does not count.
        assert.equal(find(routes.toReversed(), { method, host, target }), expected);
      });
    }
  });
}

describe("RouteTable", () => {
  check(
    "hosts",
    [
      { name: "exact", hosts: ["api.example.com"] },
      { name: "deep", hosts: ["*.a.example.com"] },
      { name: "wild", hosts: ["*.example.com", "other.test"] },
      { name: "ipv6", hosts: ["[::1]"] },
      { name: "any" },
    ],
    [
      ["api.example.com/", "exact"],
      ["API.Example.COM/", "exact"],
      ["api.example.com:8080/", "exact"],
      ["api.example.com./", "exact"],
      ["api.example.com.:80/", "exact"],
      ["xapi.example.com/", "wild"],
      ["a.b.example.com/", "wild"],
      ["a.example.com/", "wild"],
      ["x.a.example.com/", "deep"],
      ["y.x.A.example.com:1/", "deep"],
      ["other.test/", "wild"],
      ["x.other.test/", "any"],
      ["example.com/", "any"],
      [".example.com/", "any"],
      ["notexample.com/", "any"],
      ["api.example.com../", "any"],
      ["[::1]:80/", "ipv6"],
      [`${"x.".repeat(200)}a.example.com/`, "deep"],
      [`${"x".repeat(2000)}/`, "any"],
      ["/", "any"],
    ],
  );

  check(
    "kinds of path",
    [
      { name: "exact", exact: "/a/b" },
      { name: "template", template: "/a/:x" },
      { name: "expression", regex: "/a.*" },
      { name: "prefix", prefix: "/a/b" },
      { name: "short", prefix: "/a" },
      { name: "root", prefix: "/" },
      { name: "none" },
    ],
    [
      ["h/a/b", "exact"],
      ["h/a/c", "template"],
      ["h/a/b/", "expression"],
      ["h/a", "expression"],
      ["h/ab", "expression"],
      ["h/b", "root"],
      ["h/A", "root"],
      ["h/", "root"],
      [`h/a/b/${"x".repeat(2048)}`, "prefix"],
      [`h/a/c/${"x".repeat(2048)}`, "short"],
      [`h/a${"x".repeat(2048)}`, "root"],
    ],
  );

  check(
    "prefixes",
    [
      { name: "api", prefix: "/api" },
      { name: "v1", prefix: "/api/v1/" },
      { name: "deep", prefix: "/a/b/c/d" },
      { name: "odd", prefix: "/x//y" },
      { name: "escaped", prefix: "/caf\u00e9/%7euser/a b" },
    ],
    [
      ["h/api", "api"],
      ["h/api/", "api"],
      ["h/api/x", "api"],
      ["h/apix", "none"],
      ["h/ap", "none"],
      ["h/api/v1", "v1"],
      ["h/api/v1/", "v1"],
      ["h/api/v1/x/y/z", "v1"],
      ["h/api/v11", "api"],
      ["h/api//v1", "api"],
      ["h//api", "none"],
      ["h/a/b/c", "none"],
      ["h/a/b/c/d", "deep"],
      ["h/a/b/c/d/e/f", "deep"],
      ["h/x//y/z", "odd"],
      ["h/x/y", "none"],
      ["h/caf%c3%a9/~user/a%20b/c", "escaped"],
      ["h/caf%C3%A9/%7Euser/a%20b", "escaped"],
      ["h/", "none"],
    ],
  );

  check(
    "exact paths",
    [
      { name: "root", exact: "/" },
      { name: "a", exact: "/a" },
      { name: "slash", exact: "/a/" },
    ],
    [
      ["h/", "root"],
      ["h/a", "a"],
      ["h/a?b", "a"],
      ["h/a/", "slash"],
      ["h/a/b", "none"],
      ["h/x/../a", "a"],
    ],
  );

  check(
    "templates",
    [
      { name: "two", template: "/users/:id/posts/:post" },
      { name: "me", template: "/users/me/posts/:post" },
      { name: "user", template: "/users/:id" },
      { name: "files", template: "/files/*path" },
      { name: "late", template: "/:a/b/c" },
      { name: "early", template: "/a/:b/:c" },
      { name: "left", template: "/q/:x/r/:y" },
      { name: "right", template: "/:w/x/:r/y" },
      { name: "rest", template: "/r/:x/*rest" },
      { name: "whole", template: "/r/:x/:y" },
      { name: "slash", template: "/t/:x/" },
      { name: "open", template: "/o/:x/*rest" },
      { name: "closed", template: "/:x/p" },
    ],
    [
      ["h/users/7/posts/8", "two"],
      ["h/users/me/posts/8", "me"],
      ["h/users/me", "user"],
      ["h/users/", "none"],
      ["h/users", "none"],
      ["h/users/7/", "none"],
      ["h/users/7/posts", "none"],
      ["h/users//posts/8", "none"],
      ["h/files", "files"],
      ["h/files/", "files"],
      ["h/files/a/b/c/d/e/f", "files"],
      ["h/filesx", "none"],
      ["h/a/b/c", "late"],
      ["h/a/x/c", "early"],
      ["h/q/x/r/y", "left"],
      ["h/z/x/r/y", "right"],
      ["h/r/1/2", "whole"],
      ["h/r/1", "rest"],
      ["h/r/1/2/3", "rest"],
      ["h/r//2", "none"],
      ["h/t/1/", "slash"],
      ["h/t/1", "none"],
      ["h/o/q", "open"],
      ["h/o/p", "closed"],
    ],
  );

  check(
    "methods, headers and query parameters of one path",
    [
      { name: "plain", prefix: "/" },
      { name: "method", prefix: "/", methods: ["GET", "POST"] },
      { name: "two", prefix: "/", query: [valueMatch("a=1"), valueMatch("b=1")] },
      { name: "one", prefix: "/", query: [valueMatch("a=1")] },
      { name: "put", prefix: "/", methods: ["PUT"], query: [valueMatch("a=1")] },
    ],
    [
      ["GET h/", "method"],
      ["POST h/?a=1", "method"],
      ["get h/", "plain"],
      ["GETS h/", "plain"],
      ["DELETE h/", "plain"],
      ["DELETE h/?a=1", "one"],
      ["DELETE h/?b=1&a=1", "two"],
      ["PUT h/?a=1", "put"],
      ["PUT h/", "plain"],
    ],
  );

  check(
    "falls back when what is more specific fails on something else",
    [
      { name: "exact", hosts: ["a.test"], exact: "/x/y", methods: ["PUT"] },
      { name: "template", hosts: ["a.test"], template: "/x/:y", methods: ["POST"] },
      { name: "expression", hosts: ["a.test"], regex: "/x/.", methods: ["PATCH"] },
      { name: "prefix", hosts: ["a.test"], prefix: "/x/y", methods: ["DELETE"] },
      { name: "short", hosts: ["a.test"], prefix: "/x", methods: ["OPTIONS"] },
      { name: "root", hosts: ["a.test"], prefix: "/", methods: ["TRACE"] },
      { name: "none", hosts: ["a.test"], methods: ["HEAD"] },
      { name: "wild", hosts: ["*.test"], methods: ["GET"] },
      { name: "any" },
    ],
    [
      ["PUT a.test/x/y", "exact"],
      ["POST a.test/x/y", "template"],
      ["PATCH a.test/x/y", "expression"],
      ["DELETE a.test/x/y", "prefix"],
      ["OPTIONS a.test/x/y", "short"],
      ["TRACE a.test/x/y", "root"],
      ["HEAD a.test/x/y", "none"],
      ["GET a.test/x/y", "wild"],
      ["FOO a.test/x/y", "any"],
      ["PUT b.test/x/y", "any"],
      ["GET b.test/x/y", "wild"],
    ],
  );

  it("the order in the file says the rest", () => {
    const inOrder = (target: string, a: TestRoute, b: TestRoute): void => {
      const routes = [
        { ...a, name: "a" },
        { ...b, name: "b" },
      ];
      assert.equal(find(routes, { target }), "a");
      assert.equal(find(routes.toReversed(), { target }), "b");
    };
    inOrder("/x", { prefix: "/x", methods: ["GET"] }, { prefix: "/x/", methods: ["GET", "PUT"] });
    inOrder("/xy", { regex: "/x.*" }, { regex: "/.y" });
  });

  it("expressions are for the whole path, and an alternative does not leave it", () => {
    assert.equal(find([{ regex: "/a|/b" }], { target: "/b" }), "0");
    assert.equal(find([{ regex: "/a|/b" }], { target: "/a/b" }), "none");
    assert.equal(find([{ regex: "/a" }], { target: "/a?" }), "0");
    assert.throws(() => find([{ regex: "a)|(b" }], { target: "/" }), SyntaxError);
  });

  it("a target without a path is a slash", () => {
    for (const target of ["*", "http://example.com", "http://example.com?a=1"]) {
      assert.equal(find([{ name: "root", exact: "/" }], { method: "OPTIONS", target }), "root");
    }
    const hosts = [{ name: "target", hosts: ["example.com"] }, { name: "other" }];
    assert.equal(find(hosts, { target: "http://example.com:8080/", host: "other.test" }), "target");
  });

  describe("headers", () => {
    const holds = (test: string, ...values: readonly string[]): boolean => {
      const headers = values.map((value) => ["X-A", value] as const);
      const route = { headers: [valueMatch(test)] };
      return find([route], { target: "/", headers: [["X-Ab", "q"], ...headers, ["X", "r"]] }) === "0";
    };
    it("are compared by kind", () => {
      assert.ok(holds("x-a=1", "1"));
      assert.ok(!holds("x-a=1", "12"));
      assert.ok(!holds("x-a=12", "1"));
      assert.ok(!holds("x-a=A", "a"));
      assert.ok(holds("x-a=1*", "12"));
      assert.ok(!holds("x-a=12*", "1"));
      assert.ok(holds("x-a~1|2", "2"));
      assert.ok(!holds("x-a~1|2", "12"));
      assert.ok(holds("x-a", ""));
      assert.ok(!holds("x-a"));
      assert.ok(holds("!x-a"));
      assert.ok(!holds("!x-a", ""));
      assert.ok(holds("x-a=\u00e9", "\xc3\xa9"));
      assert.ok(!holds("x-a~.*", "x".repeat(2049)));
    });
    it("hold when one of several with the name does", () => {
      assert.ok(holds("x-a=2", "1", "2", "3"));
      assert.ok(holds("x-a~3", "1", "2", "3"));
      assert.ok(!holds("x-a=4", "1", "2", "3"));
      assert.ok(!holds("x-a=1, 2", "1", "2"));
    });
    it("more of them come first", () => {
      const routes = [
        { name: "none" },
        { name: "one", headers: [valueMatch("x-a=1")], query: [valueMatch("q"), valueMatch("r")] },
        { name: "two", headers: [valueMatch("x-a=1"), valueMatch("x-b")] },
      ];
      const target = "/?q&r";
      assert.equal(
        find(routes, {
          target,
          headers: [
            ["x-a", "1"],
            ["x-b", "2"],
          ],
        }),
        "two",
      );
      assert.equal(find(routes, { target, headers: [["x-a", "1"]] }), "one");
      assert.equal(find(routes, { target }), "none");
    });
  });

  describe("query parameters", () => {
    const table: readonly (readonly [test: string, query: string, expected: boolean])[] = [
      ["a=1", "a=1", true],
      ["a=1", "b=2&a=1", true],
      ["a=1", "a=1&a=2", true],
      ["a=2", "a=1&a=2", false],
      ["a=1", "aa=1", false],
      ["aa=1", "a=1", false],
      ["a=1", "a=11", false],
      ["a=1*", "a=11", true],
      ["a=1", "%61=%31", true],
      ["a=x y", "a=x+y", true],
      ["a=x y", "a=x%20y", true],
      ["a=x+y", "a=x%2By", true],
      ["a=x+y", "a=x+y", false],
      ["a b=1", "a+b=1", true],
      ["a=1=2", "a=1=2", true],
      ["a=1&b", "a=1%26b", true],
      ["a=\u00e9", "a=%c3%a9", true],
      ["a=%zz", "a=%zz", true],
      ["a=%", "a=%", true],
      ["a=", "a", true],
      ["a=", "a=", true],
      ["a=", "b&&a&c", true],
      ["a", "a=7", true],
      ["a", "", false],
      ["a", "b=a", false],
      ["!a", "b=a", true],
      ["!a", "b&%61", false],
      ["a~\\d+", "a=123", true],
      ["a~\\d+", "a=123x", false],
      ["a~.*", `a=${"x".repeat(2048)}`, true],
      ["a~.*", `a=${"x".repeat(2049)}`, false],
    ];
    for (const [test, query, expected] of table) {
      const short = query.length > 50 ? `${query.length} bytes` : query;
      it(`${test} ${expected ? "holds" : "does not hold"} in ?${short}`, () => {
        const found = find([{ query: [valueMatch(test)] }], { target: `/?${query}` });
        assert.equal(found, expected ? "0" : "none");
      });
    }
    it("are not there without a question mark", () => {
      assert.equal(find([{ query: [valueMatch("!a")] }], { target: "/" }), "0");
      assert.equal(find([{ query: [valueMatch("a")] }], { target: "/" }), "none");
    });
  });

  describe("clients", () => {
    const routes = [
      { name: "inside", prefix: "/a", clients: ["10.0.0.0/8", "2001:db8::/32"] },
      { name: "outside", prefix: "/" },
    ];
    for (const [client, expected] of [
      ["10.1.2.3", "inside"],
      ["::ffff:10.1.2.3", "inside"],
      ["2001:db8::1", "inside"],
      ["11.1.2.3", "outside"],
      ["unix", "outside"],
    ] as const) {
      it(`${client} is ${expected}`, () =>
        assert.equal(
          find(routes, { target: "/a/b" }, () => client),
          expected,
        ));
    }
    it("are asked for only when a route needs them", () => assert.equal(find(routes, { target: "/b" }), "outside"));
  });

  it("finds each of 10,000 hosts, exact paths, prefixes and templates", () => {
    const routes: TestRoute[] = [];
    for (let place = 0; place < 10_000; place++) {
      routes.push({ hosts: [`h${place}.test`], prefix: "/" });
      routes.push({ hosts: ["one.test"], prefix: `/p${place}/x` });
      routes.push({ hosts: ["one.test"], exact: `/e/${place}` });
      routes.push({ hosts: ["one.test"], template: `/t${place}/:id/x` });
    }
    const table = new RouteTable(routes.map(routeSettings), (_, index) => index);
    const match = new RouteMatch();
    const found = (host: string, target: string): number | undefined => {
      const { head, path } = questionOf({ host, target });
      return table.find(head, path, noClient, match);
    };
    for (let place = 0; place < 10_000; place += 7) {
      assert.equal(found(`h${place}.test`, "/z"), 4 * place);
      assert.equal(found("one.test", `/p${place}/x/y`), 4 * place + 1);
      assert.equal(found("one.test", `/e/${place}`), 4 * place + 2);
      assert.equal(found("one.test", `/t${place}/7/x`), 4 * place + 3);
    }
    assert.equal(found("h10000.test", "/"), undefined);
    assert.equal(found("one.test", "/p1/y"), undefined);
    assert.equal(found("one.test", "/e/10000"), undefined);
  });

  describe("what of the path matched", () => {
    const matched = (route: TestRoute, target: string): { readonly prefix: string; readonly captures: string[] } => {
      const table = new RouteTable([routeSettings(route, 0)], () => 0);
      const { head, path } = questionOf({ target });
      const match = new RouteMatch();
      // What an earlier request left.
      for (let time = 0; time < 3; time++) match.capture(1, 2);
      assert.equal(table.find(head, path, noClient, match), 0);
      const text = (start: number, end: number): string => String.fromCharCode(...path.bytes.subarray(start, end));
      const captures = Array.from({ length: match.captureCount }, (_, capture) =>
        text(match.captures[2 * capture] ?? 0, match.captures[2 * capture + 1] ?? 0),
      );
      return { prefix: text(path.start, match.prefixEnd), captures };
    };
    const table: readonly (readonly [TestRoute, target: string, prefix: string, captures: string[]])[] = [
      [{ exact: "/a" }, "/a", "/a", []],
      [{ prefix: "/a/b/" }, "/a/b/c?d", "/a/b", []],
      [{ prefix: "/a" }, "/%61", "/a", []],
      [{ prefix: "/" }, "/a", "", []],
      [{}, "/a", "", []],
      [{ template: "/u/:id/p/:post" }, "/u/7/p/8?x", "/u/7/p/8", ["7", "8"]],
      [{ template: "/u/:id/*rest" }, "/u/7/a/b/", "/u/7", ["7", "a/b/"]],
      [{ template: "/u/:id/*rest" }, "/u/7/", "/u/7", ["7", ""]],
      [{ template: "/u/:id/*rest" }, "/u/7", "/u/7", ["7", ""]],
      [{ template: "/*rest" }, "/a/b", "", ["a/b"]],
      [{ template: "/*rest" }, "/", "", [""]],
      [{ regex: "/(a+)(b)?(c*)" }, "/aac", "/aac", ["aa", "", "c"]],
    ];
    for (const [route, target, prefix, captures] of table) {
      it(`${JSON.stringify(route)} ${target}`, () => assert.deepEqual(matched(route, target), { prefix, captures }));
    }
    it("has room for many captures", () => {
      const names = Array.from({ length: 40 }, (_, place) => `n${place}`);
      const { captures } = matched(
        { template: `/${names.map((name) => `:${name}`).join("/")}` },
        `/${names.join("/")}`,
      );
      assert.deepEqual(captures, names);
    });
  });

  it("explains in the order of precedence, in words", () => {
    const routes: readonly TestRoute[] = [
      { name: "rest", prefix: "/" },
      { name: "method", hosts: ["a.test", "*.test"], prefix: "/x", methods: ["PUT", "POST", "DELETE"] },
      { name: "host", hosts: ["b.test", "c.test"] },
      { name: "exact", hosts: ["a.test"], exact: "/y" },
      { name: "template", hosts: ["a.test"], template: "/x/:id/*rest" },
      { name: "expression", hosts: ["a.test"], regex: "/\\d+" },
      { name: "prefix", hosts: ["*.test"], prefix: "/xx" },
      { name: "header", hosts: ["a.test"], prefix: "/x", headers: [valueMatch("x-a=1")] },
      { name: "query", hosts: ["a.test"], prefix: "/x", query: [valueMatch("!q"), valueMatch("r*")] },
      { name: "client", clients: ["10.0.0.0/8"] },
      { name: "other" },
    ];
    const table = new RouteTable(routes.map(routeSettings), () => 0);
    const { head, path } = questionOf({ host: "a.test", target: "/x?q" });
    const verdicts = table.explain(head, path, () => "192.0.2.1");
    assert.deepEqual(
      verdicts.map(({ name, reason, matches, chosen }) => [name, reason, matches, chosen]),
      [
        ["exact", "path is not /y", false, false],
        ["template", "path does not have the shape of /x/:id/*rest", false, false],
        ["expression", "path does not match /\\d+", false, false],
        ["method", "method is not PUT, POST or DELETE", false, false],
        ["header", 'header x-a is not "1"', false, false],
        ["query", "query parameter q is present", false, false],
        ["host", "host is not b.test or c.test", false, false],
        ["prefix", "path is not /xx and not below it", false, false],
        ["rest", "", true, true],
        ["client", "client 192.0.2.1 is not in 10.0.0.0/8", false, false],
        ["other", "matches too, but rest comes first", true, false],
      ],
    );
  });
});
