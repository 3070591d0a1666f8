/**
 * What it costs to find the route of a request, by how many routes there are: the path made canonical, host and path looked
 * up. `10000 routes` are asked for few of them in turn, as `10 routes` are: that is the cost of the search. With `each in
 * turn` no request is for what the one before it was for, so that the caches of the processor hold nothing of it.
 */
import assert from "node:assert/strict";
import { bench, do_not_optimize, group, run } from "mitata";
import { CanonicalPath, type PathPolicy } from "../../src/core/route/canonical-path.ts";
import { RouteMatch } from "../../src/core/route/route-match.ts";
import { RouteTable } from "../../src/core/route/route-table.ts";
import { RequestHead } from "../../src/core/wire/request-head.ts";
import { requestHead } from "../../test/core/route/request.ts";
import { routeSettings, type TestRoute } from "../../test/core/route/settings.ts";

/** Route `place`, and a request for it. */
interface Shape {
  route(place: number): TestRoute;
  request(place: number): { readonly host: string; readonly target: string };
}

const shapes: Readonly<Record<string, Shape>> = {
  "host and prefix of two segments": {
    route: (place) => ({ hosts: [`s${digits(place)}.example.com`], prefix: "/api/v1" }),
    request: (place) => ({ host: `s${digits(place)}.example.com`, target: "/api/v1/users/17" }),
  },
  "prefixes of one host": {
    route: (place) => ({ hosts: ["www.example.com"], prefix: `/api/p${digits(place)}` }),
    request: (place) => ({ host: "www.example.com", target: `/api/p${digits(place)}/users/17` }),
  },
  "exact paths of one host": {
    route: (place) => ({ hosts: ["www.example.com"], exact: `/api/p${digits(place)}/users` }),
    request: (place) => ({ host: "www.example.com", target: `/api/p${digits(place)}/users` }),
  },
  "templates of one host": {
    route: (place) => ({ hosts: ["www.example.com"], template: `/p${digits(place)}/:id/posts/:post` }),
    request: (place) => ({ host: "www.example.com", target: `/p${digits(place)}/1234/posts/5678` }),
  },
  "wildcard hosts": {
    route: (place) => ({ hosts: [`*.s${digits(place)}.example.com`], prefix: "/" }),
    request: (place) => ({ host: `a.s${digits(place)}.example.com`, target: "/api/v1/users/17" }),
  },
};
/** So that all names are of one length. */
const digits = (place: number): string => String(place).padStart(4, "0");
const counts = [10, 10_000];
/** Routes that are asked for in turn, where not all are. */
const turns = 8;

const policy: PathPolicy = { encodedSlashes: "reject", mergeSlashes: false };

for (const [name, shape] of Object.entries(shapes)) {
  group(name, () => {
    for (const count of counts) bench(`${count} routes`, lookUp(shape, count, turns));
    bench("10000 routes, each in turn", lookUp(shape, 10_000, 10_000));
  });
}

group("only the canonical path", () => {
  for (const target of ["/api/v1/users/17", "/api/v1/users/%7e17/./x"]) {
    const head = requestHead({ target });
    const path = new CanonicalPath();
    bench(target, () => do_not_optimize(path.set(head, policy)));
  }
});

await run({ throw: true });

/** One look-up in a table with `count` routes, of which `asked`, equally far apart, are asked for in turn. */
function lookUp(shape: Shape, count: number, asked: number): () => void {
  const routes = Array.from({ length: count }, (_, place) => routeSettings(shape.route(place), place));
  const table = new RouteTable(routes, (_, index) => index);
  const path = new CanonicalPath();
  const match = new RouteMatch();
  const client = (): string => "192.0.2.1";
  const places = Array.from({ length: asked }, (_, turn) => Math.floor((turn * count) / asked));
  const next = inTurn(places.map((place) => shape.request(place)));
  for (const place of places) {
    const head = next();
    path.set(head, policy);
    assert.equal(table.find(head, path, client, match), place);
  }
  return () => {
    const head = next();
    path.set(head, policy);
    do_not_optimize(table.find(head, path, client, match));
  };
}

/** Requests in one buffer, one behind the other as they come from a socket, each read into the same head. */
function inTurn(requests: readonly { readonly host: string; readonly target: string }[]): () => RequestHead {
  const heads = requests.map(requestHead);
  const head = new RequestHead(new Int32Array(5 * 128));
  head.bytes = new Uint8Array(heads.reduce((sum, { end }) => sum + end, 0));
  const offsets = new Int32Array(4 * heads.length);
  let start = 0;
  for (const [place, { bytes, pathStart, pathEnd, authorityStart, hostEnd, end }] of heads.entries()) {
    head.bytes.set(bytes, start);
    offsets.set([start + pathStart, start + pathEnd, start + authorityStart, start + hostEnd], 4 * place);
    start += end;
  }
  let at = 0;
  return () => {
    head.pathStart = offsets[at] as number;
    head.pathEnd = offsets[at + 1] as number;
    head.authorityStart = offsets[at + 2] as number;
    head.hostEnd = offsets[at + 3] as number;
    at = at + 4 === offsets.length ? 0 : at + 4;
    return head;
  };
}
