import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/core/bytes/byte-writer.ts";
import { CanonicalPath } from "../../../src/core/route/canonical-path.ts";
import { RedirectLocation } from "../../../src/core/route/redirect.ts";
import { TargetWriter } from "../../../src/core/route/rewrite.ts";
import { RouteMatch } from "../../../src/core/route/route-match.ts";
import { RouteTable } from "../../../src/core/route/route-table.ts";
import type {
  PathMatch,
  PathRewrite,
  RedirectAction,
  RewriteSettings,
} from "../../../src/core/server/http-settings.ts";
import type { RequestHead } from "../../../src/core/wire/request-head.ts";
import { lenient, questionOf, requestHead, type TestRequest } from "./request.ts";
import { routeSettings, type TestRoute } from "./settings.ts";

type Write = (writer: ByteWriter, head: RequestHead, path: CanonicalPath, match: RouteMatch) => string;

/** What is written behind what is there already, or why nothing is. */
function written(route: TestRoute, request: TestRequest, writeFor: (path: PathMatch | undefined) => Write): string {
  const settings = routeSettings(route, 0);
  const { head, path } = questionOf(request);
  const match = new RouteMatch();
  const table = new RouteTable([settings], () => true);
  assert.ok(
    table.find(head, path, () => "", match),
    "The route does not match",
  );
  const writer = new ByteWriter(4);
  writer.latin1("> ");
  const reason = writeFor(settings.match.path)(writer, head, path, match);
  const text = String.fromCharCode(...writer.written);
  assert.ok(text.startsWith("> "));
  if (reason !== "") assert.equal(text, "> ");
  return reason === "" ? text.slice(2) : `refused: ${reason}`;
}

function rewritten(route: TestRoute, request: TestRequest, rewrite?: RewriteSettings): string {
  return written(route, request, (path) => {
    const target = new TargetWriter(rewrite, path);
    return (writer, head, canonical, match) => target.write(writer, head, canonical, match);
  });
}

const full = (value: string): PathRewrite => ({ kind: "full", value });
const prefix = (value: string): PathRewrite => ({ kind: "prefix", value });
const dots = "refused: the rewritten path has a dot segment";
const cut = "refused: the rewrite cuts an escape in the path";
const noSlash = "refused: the rewritten path does not begin with a slash";

describe("TargetWriter", () => {
  describe("without a rewrite", () => {
    for (const [target, expected] of [
      ["/", "/"],
      ["/a/b?c=d", "/a/b?c=d"],
      ["/a?", "/a?"],
      ["/a/%2e%2e/%7eb%2fc?x=/../%2e", "/~b%2Fc?x=/../%2e"],
      ["http://example.com", "/"],
      ["http://example.com?a", "/?a"],
      ["http://example.com/a/./b?c", "/a/b?c"],
    ] as const) {
      it(`${target} is forwarded as ${expected}`, () => assert.equal(rewritten({}, { target }), expected));
    }
  });

  it("a request for the whole server stays one", () => {
    const rewrite = { path: full("/x"), query: "y" };
    assert.equal(rewritten({}, { method: "OPTIONS", target: "*" }, rewrite), "*");
    assert.equal(rewritten({}, { method: "OPTIONS", target: "http://example.com" }, rewrite), "*");
    assert.equal(rewritten({}, { method: "OPTIONS", target: "http://example.com/" }), "/");
    assert.equal(rewritten({}, { method: "OPTIONS", target: "http://example.com?" }), "/?");
    assert.equal(rewritten({}, { method: "options", target: "http://example.com" }), "/");
    assert.equal(rewritten({}, { method: "GET", target: "http://example.com" }, rewrite), "/x?y");
  });

  const table: readonly (readonly [TestRoute, PathRewrite, target: string, expected: string])[] = [
    // As the Gateway API's table of ReplacePrefixMatch.
    [{ prefix: "/foo" }, prefix("/xyz"), "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo" }, prefix("/xyz/"), "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo/" }, prefix("/xyz"), "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo/" }, prefix("/xyz/"), "/foo/bar", "/xyz/bar"],
    [{ prefix: "/foo" }, prefix("/xyz"), "/foo", "/xyz"],
    [{ prefix: "/foo" }, prefix("/xyz"), "/foo/", "/xyz/"],
    [{ prefix: "/foo" }, prefix(""), "/foo/bar", "/bar"],
    [{ prefix: "/foo" }, prefix(""), "/foo/", "/"],
    [{ prefix: "/foo" }, prefix(""), "/foo", "/"],
    [{ prefix: "/foo" }, prefix("/"), "/foo/", "/"],
    [{ prefix: "/foo" }, prefix("/"), "/foo", "/"],
    [{ prefix: "/foo" }, prefix("/xyz/"), "/foo", "/xyz/"],
    [{ prefix: "/" }, prefix("/xyz"), "/foo", "/xyz/foo"],
    [{}, prefix("/xyz"), "/foo", "/xyz/foo"],
    [{ exact: "/foo" }, prefix("/xyz"), "/foo", "/xyz"],
    [{ prefix: "/foo" }, prefix("/caf\u00e9 %7e%2f%?#"), "/foo/a", "/caf%C3%A9%20~%2F%25%3F%23/a"],
    [{ prefix: "/foo" }, prefix("/:id/$1"), "/foo/a", "/:id/$1/a"],
    [{ prefix: "/foo" }, full("/x"), "/foo/a?b=c", "/x?b=c"],
    [{ template: "/u/:id/p/:post" }, full("/:post/of/:id.json"), "/u/7/p/a%2fb", "/a%2Fb/of/7.json"],
    [{ template: "/u/:id" }, full("/:idx/:id/:no/:id"), "/u/7", "/:idx/7/:no/7"],
    [{ template: "/u/:id/*rest" }, full("/x/:rest"), "/u/7/a/b/", "/x/a/b/"],
    [{ template: "/u/:id/*rest" }, full("/x/:rest"), "/u/7", "/x/"],
    [{ template: "/u/:id/*rest" }, prefix("/x/:id"), "/u/7/a/b", "/x/7/a/b"],
    [{ template: "/u/:id/*rest" }, prefix("/x/:id"), "/u/7", "/x/7"],
    [{ template: "/u/:id" }, full(":id"), "/u/7", noSlash],
    [{ template: "/u/:id" }, full("/.:id"), "/u/.a", "/..a"],
    [{ template: "/u/:id" }, full("/x/.:id"), "/u/;x", dots],
    [{ template: "/u/:id" }, full("/../:id"), "/u/7", dots],
    [{ regex: "/(\\w+)/(\\d+)" }, full("/$2/$1$3$0"), "/ab/12", "/12/ab$3$0"],
    [{ regex: "(.*)/x" }, full("$1/y"), "/a/b/x", "/a/b/y"],
    [{ regex: "(.*)/x" }, full("$1"), "/x", "/"],
    [{ regex: "/a(b)?" }, full("/$1/"), "/a", "//"],
    [{ regex: "/a(.*)" }, full("/.$1"), "/a./b", dots],
    [{ regex: "/a(.*)" }, full("/.$1"), "/a/b", dots],
    [{ regex: "/(.).(.*)" }, full("/$1$2"), "/%2fx", cut],
    [{ regex: "/..(.*)" }, full("/%2$1"), "/%2fe", cut],
    [{ regex: "/.(.*)" }, full("/%2$1"), "/xe/a", "/%252e/a"],
    [{ regex: "/(.*)f" }, full("/$1"), "/%20f", "/%20"],
    [{ regex: "/(.*)F" }, full("/$1e"), "/a%2f", cut],
    [{ regex: "/(.*)b" }, full("$1"), "/ab", noSlash],
  ];
  for (const [route, path, target, expected] of table) {
    it(`${JSON.stringify(route)} with ${path.kind} ${path.value}: ${target} is ${expected}`, () => {
      assert.equal(rewritten(route, { target }, { path }), expected);
    });
  }

  it("replaces the query, or takes it away", () => {
    assert.equal(rewritten({}, { target: "/a?b=c" }, { query: "x=1&y=\u00e9 #" }), "/a?x=1&y=%C3%A9%20%23");
    assert.equal(rewritten({}, { target: "/a?b=c" }, { query: "" }), "/a");
    assert.equal(rewritten({}, { target: "/a" }, { query: "b" }), "/a?b");
  });

  it("writes a canonical path, or none", () => {
    const pieces = ["/", ".", "..", "%2f", "%25", "%2e", "%2", "2", "e", ";", "%3b", "a", "$1", "$2", "$3"];
    const text = (min: number) => fc.array(fc.constantFrom(...pieces), { minLength: min, maxLength: 8 });
    const expressions = ["/(.*)/(.*)", "/(.)(.*)", "/(.*)(.)", "/(..)(.*)(.)"];
    fc.assert(
      fc.property(fc.constantFrom(...expressions), text(1), text(0), (regex, path, value) => {
        const head = requestHead({ target: `/${path.join("").replaceAll("$", "")}` });
        const canonical = new CanonicalPath();
        if (canonical.set(head, lenient) !== "" || !new RegExp(`^${regex}$`).test(canonical.text)) return;
        const found = rewritten({ regex }, { target: canonical.text }, { path: full(`/${value.join("")}`) });
        if (found.startsWith("refused")) return;
        const again = new CanonicalPath();
        assert.equal(again.set(requestHead({ target: found }), lenient), "", found);
        assert.equal(again.text, found);
      }),
      { numRuns: 3000 },
    );
  });
});

describe("RedirectLocation", () => {
  type Redirect = Omit<RedirectAction, "kind" | "status">;
  const location = (redirect: Redirect, request: TestRequest, route: TestRoute = {}): string =>
    written(route, request, (path) => {
      const target = new RedirectLocation({ kind: "redirect", status: 302, ...redirect }, path);
      return (writer, head, canonical, match) => target.write(writer, head, canonical, match, "http");
    });

  const table: readonly (readonly [Redirect, host: string, target: string, expected: string])[] = [
    [{}, "a.test", "/x?y", "http://a.test/x?y"],
    [{}, "a.test:8080", "/x", "http://a.test:8080/x"],
    [{}, "a.test:80", "/x", "http://a.test/x"],
    [{}, "a.test:", "/x", "http://a.test/x"],
    [{}, "[::1]:8080", "/x", "http://[::1]:8080/x"],
    [{ scheme: "https" }, "a.test:8080", "/x?y", "https://a.test/x?y"],
    [{ scheme: "http" }, "a.test:8080", "/x", "http://a.test:8080/x"],
    [{ scheme: "https", port: 8443 }, "a.test:8080", "/x", "https://a.test:8443/x"],
    [{ scheme: "https", port: 443 }, "a.test", "/x", "https://a.test/x"],
    [{ port: 443 }, "a.test", "/x", "http://a.test:443/x"],
    [{ port: 80 }, "a.test:8080", "/x", "http://a.test/x"],
    [{ host: "b.test" }, "a.test:8080", "/x", "http://b.test:8080/x"],
    [{ host: "b.test", scheme: "https" }, "a.test:8080", "/x", "https://b.test/x"],
    [{ query: "" }, "a.test", "/x?y", "http://a.test/x"],
    [{ query: "z" }, "a.test", "/x?y", "http://a.test/x?z"],
    [{ path: full("/z") }, "a.test", "/x?y", "http://a.test/z?y"],
    [{ path: full("/../z") }, "a.test", "/x?y", dots],
    // Never another host.
    [{}, "a.test", "//b.test/x", "http://a.test//b.test/x"],
    [{}, "", "//b.test/x", "/.//b.test/x"],
    [{ scheme: "https" }, "", "/x", "/./x"],
    [{ host: "b.test" }, "", "/x", "http://b.test/x"],
    [{ path: full("//b.test") }, "", "/x", "/.//b.test"],
    [{}, "a.test", "http://c.test:81/x", "http://c.test:81/x"],
    [{}, "a.test", "*", "http://a.test/"],
  ];
  for (const [redirect, host, target, expected] of table) {
    it(`${JSON.stringify(redirect)}: ${target} of ${host || "nobody"} is ${expected}`, () => {
      assert.equal(location(redirect, { host, target }), expected);
    });
  }

  it("takes the rest behind a prefix, and parameters", () => {
    const request = { host: "a.test", target: "/old/x/y?z" };
    assert.equal(location({ path: prefix("/new") }, request, { prefix: "/old" }), "http://a.test/new/x/y?z");
    assert.equal(location({ path: full("/:b/:a") }, request, { template: "/old/:a/:b" }), "http://a.test/y/x?z");
  });
});
