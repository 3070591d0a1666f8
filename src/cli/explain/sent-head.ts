import { ByteWriter } from "../../core/bytes/byte-writer.ts";
import type { ClientFacts } from "../../core/http/forward/client-facts.ts";
import { RequestId, RequestIds } from "../../core/http/forward/request-id.ts";
import { RequestWriter } from "../../core/http/forward/request-writer.ts";
import { TraceContext } from "../../core/http/forward/trace-context.ts";
import type { Random } from "../../core/runtime/clock.ts";
import type { RouteSettings } from "../../core/server/http-settings.ts";
import type { AutoListenerSettings, HttpListenerSettings } from "../../core/server/settings.ts";
import { HeaderId } from "../../core/wire/header-id.ts";
import type { RequestHead } from "../../core/wire/request-head.ts";

/** A request that a route forwards. */
export interface ForwardedRequest {
  readonly listener: HttpListenerSettings | AutoListenerSettings;
  readonly route: RouteSettings;
  readonly head: RequestHead;
  readonly client: ClientFacts;
  /** The client, or who a trusted proxy says. */
  readonly clientIp: string;
  /** The path as it was matched. */
  readonly path: string;
  readonly target: ByteWriter;
  readonly upstream: string;
  readonly wallTimeMs: number;
}

/** Ids that are made are all zeros, so that the same request is explained in the same words. */
const zeros: Random = { next: () => 0 };

/** The lines of the head that goes to an endpoint of an upstream, written by the data plane's own writer. */
export function sentHead(request: ForwardedRequest): readonly string[] {
  const { listener, route, head, client, target } = request;
  const { forwarding } = listener.http;
  const requestId = new RequestId(new RequestIds(zeros));
  requestId.begin(head, forwarding.requestId);
  const trace = new TraceContext(zeros);
  trace.begin(head, forwarding.trace);
  const out = new ByteWriter(1024);
  new RequestWriter(listener.http, route).write(out, head, {
    client,
    target,
    body: head.bodyKind,
    contentLength: head.contentLength,
    upgrade: upgradeOf(route, head),
    expectsContinue: head.expectsContinue,
    close: false,
    requestId,
    trace,
    variables: {
      clientIp: request.clientIp,
      clientPort: client.port,
      listener: listener.name,
      route: route.name,
      upstream: request.upstream,
      requestId: requestId.text,
      method: head.method,
      host: head.authority,
      path: request.path,
      query: head.text(head.queryStart, head.queryEnd),
      traceId: trace.traceId,
      wallTimeMs: request.wallTimeMs,
    },
  });
  return new TextDecoder("latin1").decode(out.written).trimEnd().split("\r\n");
}

/** The protocol that the request may switch to; empty: none. */
function upgradeOf({ upgrades }: RouteSettings, head: RequestHead): string {
  if (!head.upgrade) return "";
  const protocol = head.value(head.find(HeaderId.upgrade));
  return upgrades.includes(protocol.toLowerCase()) ? protocol : "";
}
