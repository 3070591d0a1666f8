import type { RouteMatchSettings, RouteSettings, ValueMatch } from "../../../src/core/server/http-settings.ts";
import { routeSettings as plainRoute } from "../../support/http-settings.ts";

/** What a test says of a route: the name is its place when there is none. */
export interface TestRoute extends Partial<Omit<RouteMatchSettings, "path">> {
  readonly name?: string;
  readonly exact?: string;
  readonly prefix?: string;
  readonly template?: string;
  readonly regex?: string;
}

/** A route that answers. */
export function routeSettings(route: TestRoute, place: number): RouteSettings {
  const { name = String(place), exact, prefix, template, regex, headers = [], query = [], ...rest } = route;
  const path = Object.entries({ exact, prefix, template, regex } as const).find(([, value]) => value !== undefined);
  const match: RouteMatchSettings = {
    ...rest,
    headers,
    query,
    ...(path && { path: { kind: path[0] as "exact" | "prefix" | "template" | "regex", value: path[1] ?? "" } }),
  };
  return plainRoute({ name, match, action: { kind: "respond", status: 200, contentType: "text/plain", body: "" } });
}

/** `x=1` exact, `x=a*` prefix, `x~a|b` expression, `x` present, `!x` absent. */
export function valueMatch(text: string): ValueMatch {
  if (text.startsWith("!")) return { name: text.slice(1), kind: "absent", value: "" };
  const [, name = "", sign, value = ""] = /^([^=~]*)([=~]?)(.*)$/s.exec(text) ?? [];
  if (sign === "") return { name, kind: "present", value: "" };
  if (sign === "~") return { name, kind: "regex", value };
  return value.endsWith("*") ? { name, kind: "prefix", value: value.slice(0, -1) } : { name, kind: "exact", value };
}
