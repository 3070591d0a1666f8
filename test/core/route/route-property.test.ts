import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RouteMatch } from "../../../src/core/route/route-match.ts";
import { RouteTable } from "../../../src/core/route/route-table.ts";
import { questionOf } from "./request.ts";
import { findSlowly, type ModelRequest } from "./route-model.ts";
import { routeSettings, type TestRoute } from "./settings.ts";

const segment = fc.constantFrom("a", "b", "ab", "");
const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `/${segments.join("/")}`);
const templateSegment = fc.constantFrom("a", "b", ":x", ":y", "");
const template = fc
  .tuple(fc.array(templateSegment, { maxLength: 4 }), fc.boolean())
  .map(([segments, rest]) => `/${[...segments, ...(rest || segments.length === 0 ? ["*rest"] : [])].join("/")}`);
/** A prefix with one slash at the end at most: what more of them mean nobody says. */
const prefix = path.map((text) => text.replace(/\/+$/, "/"));
const pathMatch: fc.Arbitrary<Partial<TestRoute>> = fc.oneof(
  fc.constant({}),
  path.map((exact) => ({ exact })),
  prefix.map((value) => ({ prefix: value })),
  template.map((value) => ({ template: value })),
  fc.constantFrom("/.*", "/a/.*", "/a|/b", "/[ab]*").map((regex) => ({ regex })),
);
const host = fc.constantFrom("a.test", "b.a.test", "*.test", "*.a.test", "*.b.a.test", "test");
const flag = (name: string) =>
  fc.constantFrom("present" as const, "absent" as const).map((kind) => ({ name, kind, value: "" }));
const conditions = fc.record(
  {
    hosts: fc.array(host, { minLength: 1, maxLength: 3 }),
    methods: fc.subarray(["GET", "PUT"], { minLength: 1 }),
    headers: fc.array(flag("x-a"), { maxLength: 2 }),
    query: fc.array(flag("q"), { maxLength: 2 }),
  },
  { requiredKeys: [] },
);
const route = fc.tuple(pathMatch, conditions).map(([match, rest]): TestRoute => ({ ...match, ...rest }));
const request: fc.Arbitrary<ModelRequest> = fc.record({
  method: fc.constantFrom("GET", "PUT", "POST"),
  host: fc.constantFrom("a.test", "b.a.test", "c.b.a.test", "x.test", "test", "other", ""),
  path,
  header: fc.boolean(),
  query: fc.boolean(),
});

describe("RouteTable, by properties", () => {
  it("finds what asking every route finds, and explains it so", () => {
    let found = 0;
    let all = 0;
    fc.assert(
      fc.property(
        fc.array(route, { maxLength: 20, size: "max" }),
        fc.array(request, { minLength: 10, maxLength: 10 }),
        (routes, requests) => {
          const table = new RouteTable(routes.map(routeSettings), (_, index) => index);
          const match = new RouteMatch();
          for (const asked of requests) {
            const headers = asked.header ? [["X-A", ""] as const] : [];
            const target = asked.path + (asked.query ? "?q" : "");
            const { head, path: canonical } = questionOf({ method: asked.method, host: asked.host, target, headers });
            const index = table.find(head, canonical, () => "", match) ?? -1;
            assert.equal(index, findSlowly(routes, asked));
            assert.equal(match.index, index);
            const verdicts = table.explain(head, canonical, () => "");
            assert.equal(verdicts.length, routes.length);
            assert.equal(verdicts.find(({ chosen }) => chosen)?.index ?? -1, index);
            assert.equal(verdicts.find(({ matches }) => matches)?.index ?? -1, index);
            for (const { reason, chosen } of verdicts) assert.equal(reason === "", chosen);
            all++;
            if (index !== -1) found++;
          }
        },
      ),
      { numRuns: 2000 },
    );
    // Else it proves nothing.
    assert.ok(found > all / 4 && found < all, `${found} of ${all} found`);
  });
});
