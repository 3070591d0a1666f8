import type { Logger } from "@logtape/logtape";
import type { Clock } from "../../core/runtime/clock.ts";
import type { ProxyEvents } from "../../core/server/proxy-server.ts";
import type { Endpoint } from "../../core/upstream/endpoint.ts";
import type { KeptUpstream, UpstreamChange } from "../../core/upstream/upstream-keeper.ts";

/** Writes to the log what changes; what becomes of each connection is the matter of the access log. */
export function logEvents(log: Logger, clock: Clock): ProxyEvents {
  return {
    onUpstreamChange: (upstream, change, endpoint) => logChange(log, clock, upstream, change, endpoint),
    onAcceptError: (listener, code) => log.error("cannot accept", { listener, code }),
    onRefusals: (listener, reason, count) => log.warning("connections refused", { listener, reason, count }),
    onOverload(cause) {
      if (cause === undefined) log.info("overload is over");
      else log.warning("overloaded: new connections are refused", { cause });
    },
  };
}

function logChange(
  log: Logger,
  clock: Clock,
  upstream: KeptUpstream,
  change: UpstreamChange,
  endpoint: Endpoint | undefined,
): void {
  const lasts = (untilMs = clock.now()): { for_ms: number } => ({ for_ms: Math.round(untilMs - clock.now()) });
  const where = { upstream: upstream.settings.name, endpoint: endpoint?.name };
  switch (change) {
    case "health":
      if (endpoint?.health.status === "healthy") log.info("endpoint is healthy", { ...where, probe: "ok" });
      else log.warning("endpoint is unhealthy", { ...where, probe: endpoint?.health.lastProbe });
      break;
    case "ejection":
      if (endpoint?.ejection?.active === true) {
        const fields = { ...where, failures: upstream.keeper.outlier?.settings.consecutiveFailures };
        log.warning("endpoint is ejected: its connections fail", { ...fields, ...lasts(endpoint.ejection.untilMs) });
      } else log.info("endpoint is not ejected any more", where);
      break;
    case "breaker": {
      const { breaker } = endpoint ?? upstream;
      if (breaker?.state === "open")
        log.warning("circuit breaker is open", { ...where, ...lasts(breaker.halfOpenAtMs) });
      else log.info(`circuit breaker is ${breaker?.state}`, where);
      break;
    }
    case "fail-open":
      if (upstream.keeper.failOpen) log.warning("too few endpoints are healthy: all ready ones serve", where);
      else log.info("enough endpoints are healthy again", where);
      break;
    case "admin-state":
      log.info(`endpoint is ${endpoint?.adminState}`, where);
      break;
    case "weight":
      log.info("endpoint has another weight", { ...where, weight: endpoint?.weight });
      break;
    case "endpoints":
      log.info(upstream.endpoints.some((one) => one === endpoint) ? "endpoint is added" : "endpoint is removed", where);
      break;
  }
}
