import type { Explanation } from "./explanation.ts";

/** An explanation for tools: the same facts, with the names of the config. */
export function explanationJson({ request, refused, chosen, routes }: Explanation): string {
  const verdict = refused !== undefined ? "refused" : chosen === undefined ? "no-route" : "route";
  const route = chosen && {
    name: chosen.settings.name,
    ...chosen.effect,
    requestHeaders: chosen.settings.requestHeaders,
    responseHeaders: chosen.settings.responseHeaders,
    maxBodyBytes: chosen.settings.maxBodyBytes,
    responseTimeoutMs: chosen.settings.responseTimeoutMs,
    upgrades: chosen.settings.upgrades,
    tunnelTimeoutMs: chosen.settings.tunnelTimeoutMs,
  };
  return JSON.stringify({ verdict, request, refused, route, routes }, null, 2);
}
