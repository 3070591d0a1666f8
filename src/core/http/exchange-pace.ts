/** How long an exchange may go on waiting for what it waits for: milliseconds above 0, or how it ends. */
import type { OutcomeCode } from "../observe/outcome.ts";
import type { HttpSettings, UpstreamHttpSettings } from "../server/http-settings.ts";
import type { RequestStream } from "./request-stream.ts";
import type { ResponseStream } from "./response-stream.ts";

/** While a request's body comes, its rate is looked at so often. */
const rateCheckMs = 5000;

/** The settings that hold for an exchange. */
export interface PaceSettings {
  readonly http: HttpSettings;
  readonly upstream: UpstreamHttpSettings;
  /** The route's own. */
  readonly responseTimeoutMs: number | undefined;
}

/**
 * For the head of the answer: as long as the client sends its body, and the endpoint takes it, it is the client's turn, then the
 * endpoint's. `tryLeftMs` is what the attempt has left, when there may be another one.
 */
export function awaitResponse(
  request: RequestStream,
  { http, upstream, responseTimeoutMs }: PaceSettings,
  nowMs: number,
  tryLeftMs: number,
): number | OutcomeCode {
  const clientLeftMs = request.leftMs(http);
  if (clientLeftMs <= 0) return "request-timeout";
  if (!request.done && !request.held) return Math.min(clientLeftMs, rateCheckMs);
  const timeoutMs = responseTimeoutMs ?? upstream.responseTimeoutMs;
  const leftMs = Math.min(request.activityMs + timeoutMs - nowMs, tryLeftMs);
  if (leftMs <= 0) return "response-timeout";
  return request.done ? leftMs : Math.min(leftMs, rateCheckMs);
}

/**
 * For more of the answer's body, or for a client that takes it; a request's body may still be coming. Whose turn it is may
 * change at any time, so the shorter of their timeouts is when that is looked at.
 */
export function awaitBody(
  request: RequestStream,
  response: ResponseStream,
  { http, upstream }: PaceSettings,
  nowMs: number,
): number | OutcomeCode {
  const forClient = response.waitsForClient;
  const leftMs = response.activityMs + (forClient ? http.bodyTimeoutMs : upstream.readTimeoutMs) - nowMs;
  if (leftMs <= 0) return forClient ? "client-stalled" : "response-stalled";
  const requestLeftMs = request.leftMs(http);
  // Whose turn it is may change without a word: the client takes the rest, and it is the endpoint that stands still.
  const nextLookMs = Math.min(leftMs, http.bodyTimeoutMs, upstream.readTimeoutMs);
  return requestLeftMs <= 0 ? "request-timeout" : Math.min(requestLeftMs, nextLookMs);
}
