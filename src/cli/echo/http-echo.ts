import { parseDuration } from "../../config/duration.ts";
import type { Clock } from "../../core/runtime/clock.ts";

/** What the answers of an HTTP echo say about itself. */
export interface HttpEchoIdentity {
  readonly name: string;
  /** The address it listens on, as text. */
  listens: string;
}

/** How much of a body is sent back; the rest is only counted. */
const maxBodyBytes = 64 * 1024;
const maxDelayMs = 60_000;

/**
 * Answers any request with JSON of what it got. `/status/NNN` chooses the status, `/delay/500ms` waits before the
 * answer.
 */
export async function answerHttp(request: Request, identity: HttpEchoIdentity, clock: Clock): Promise<Response> {
  const url = new URL(request.url);
  const body = await readBody(request);
  await delay(url.pathname, clock);
  const status = Number(/^\/status\/([2-5]\d\d)$/.exec(url.pathname)?.[1] ?? 200);
  // RFC 9110 15.3.5, 15.3.6 and 15.4.5: these have no content.
  if (status === 204 || status === 205 || status === 304) return new Response(null, { status });
  const answer = {
    name: identity.name,
    listens: identity.listens,
    method: request.method,
    url: request.url,
    path: url.pathname,
    query: queryOf(url),
    headers: Object.fromEntries(request.headers),
    ...body,
  };
  return new Response(`${JSON.stringify(answer, null, 2)}\n`, {
    status,
    headers: { "content-type": "application/json; charset=utf-8" },
  });
}

interface BodySeen {
  readonly bodyBytes: number;
  /** As UTF-8 text, its first 64 KiB. */
  readonly body: string;
  readonly bodyTruncated: boolean;
}

async function readBody(request: Request): Promise<BodySeen> {
  const text = new TextDecoder();
  let bodyBytes = 0;
  let body = "";
  const reader = request.body?.getReader();
  for (let chunk = await reader?.read(); chunk?.done === false; chunk = await reader?.read()) {
    const room = Math.max(0, maxBodyBytes - bodyBytes);
    bodyBytes += chunk.value.byteLength;
    if (room > 0) body += text.decode(chunk.value.subarray(0, room), { stream: true });
  }
  return { bodyBytes, body: body + text.decode(), bodyTruncated: bodyBytes > maxBodyBytes };
}

async function delay(path: string, clock: Clock): Promise<void> {
  const asked = parseDuration(/^\/delay\/([^/]+)$/.exec(path)?.[1] ?? "0");
  const delayMs = asked.ok ? Math.min(asked.value, maxDelayMs) : 0;
  if (delayMs > 0) await new Promise<void>((resolve) => void clock.after(delayMs, resolve));
}

/** A list each, as a name may come more than once. */
function queryOf(url: URL): Readonly<Record<string, readonly string[]>> {
  const query: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of url.searchParams) (query[name] ??= []).push(value);
  return query;
}
