import { mutationsOfAuto } from "./mutations-auto.ts";
import { mutationsOfHedges } from "./mutations-hedges.ts";
import { mutationsOfChanges } from "./mutations-changes.ts";
import type { Mutation } from "./mutations.ts";

/** Bugs as people make them in a gateway: each is one that some proxy has had, or that ours had once. */
const planted: readonly Omit<Mutation, "http">[] = [
  {
    what: "a request that may change something is sent again when its connection was stale",
    file: "core/http/retry-state.ts",
    text: "this.repeats = idempotent || settings.http.retry.nonIdempotent;",
    becomes: "this.repeats = true;",
  },
  {
    what: "retries are not counted",
    file: "core/http/retry-state.ts",
    text: "this.#retries++;",
    becomes: "",
  },
  {
    what: "an attempt is counted twice",
    file: "core/http/exchange.ts",
    text: "facts.attempts++;",
    becomes: "facts.attempts += 2;",
  },
  {
    what: "a connection with bytes behind the answer is used again",
    file: "core/http/exchange.ts",
    text: "this.#endpointKeepsAlive && !leftover",
    becomes: "this.#endpointKeepsAlive",
  },
  {
    what: "a connection on which bytes came while it was idle is used again",
    file: "core/http/endpoint-connection.ts",
    text: "if (!this.closed) this.#discard();",
    becomes: "",
  },
  {
    what: "a connection that its endpoint ended stays in the pool",
    file: "core/http/endpoint-connection.ts",
    text: "if (taker === undefined) this.#discard();",
    becomes: "if (taker === undefined) return;",
  },
  {
    what: "a connection that was reset stays in the pool",
    file: "core/http/endpoint-connection.ts",
    text: "if (taker === undefined) this.#pool.remove(this);",
    becomes: "if (taker === undefined) return;",
  },
  {
    what: "a connection whose request was not sent to its end is used again",
    file: "core/http/exchange.ts",
    text: "if (this.#request.done) this.#link.complete",
    becomes: "if (this.#response.done) this.#link.complete",
  },
  {
    what: "an endpoint that said close is asked again",
    file: "core/http/exchange.ts",
    text: "this.#endpointKeepsAlive = head.keepAlive;",
    becomes: "this.#endpointKeepsAlive = true;",
  },
  {
    what: "FIN ends an answer of whatever length",
    file: "core/http/response-stream.ts",
    text: 'if (this.#kind !== "close") return false;',
    becomes: "",
  },
  {
    what: "an answer that was cut ends as if it were whole",
    file: "core/http/exchange.ts",
    text: 'this.#cut("response-truncated");',
    becomes: 'this.#response.end();\n      this.#finish("ok");',
  },
  {
    what: "a client whose answer was cut gets FIN",
    file: "core/http/client-connection.ts",
    text: 'if (cut) {\n      this.#end("reset");',
    becomes: "if (cut) {\n      this.#finish();",
  },
  {
    what: "pipelined requests are answered by who is first",
    file: "core/http/client-connection.ts",
    text: `      if (exchange === undefined ? this.#hasEnough : exchange.requestDone) {
        this.#keepAhead(bytes, at, owned);
        break;
      }
      at = exchange === undefined ?`,
    becomes: "      at = exchange === undefined || exchange.requestDone ?",
  },
  {
    what: "what came ahead of its turn is lost",
    file: "core/http/client-connection.ts",
    text: "this.#read(ahead, true);",
    becomes: "void ahead;",
  },
  {
    what: "a request is begun whose client has gone",
    file: "core/http/client-connection.ts",
    text: "    this.#ahead = undefined;\n    this.#exchange?.clientLost(reason);",
    becomes: "    this.#exchange?.clientLost(reason);",
  },
  {
    what: "a connection serves more requests than it may",
    file: "core/http/client-connection.ts",
    text: "this.#requests >= maxRequests",
    becomes: "this.#requests > maxRequests",
  },
  {
    what: "a listener does not forget a connection that is over",
    file: "core/http/http-service.ts",
    text: "this.admission.leave(connection.admitted);",
    becomes: "",
  },
  {
    what: "a deadline outlives its connection",
    file: "core/http/client-connection.ts",
    text: "    this.#over = true;\n    this.service.wheel.drop(this);",
    becomes: "    this.#over = true;",
  },
  {
    what: "an endpoint's place is not given back after a whole answer",
    file: "core/http/endpoint-link.ts",
    text: "    else connection?.close();\n    attempt?.end();",
    becomes: "    else connection?.close();",
  },
  {
    what: "a connect is not given up with its exchange",
    file: "core/http/endpoint-link.ts",
    text: "this.#pending?.cancel();\n    this.#pending = undefined;\n    this.attempt = undefined;",
    becomes: "this.attempt = undefined;",
  },
  {
    what: "who waits in the queue stays there when it is over",
    file: "core/http/exchange.ts",
    text: 'if (this.#waiting === "queue") this.#target?.upstream.leave(this);',
    becomes: "",
  },
  {
    what: "idle connections are left open when their time is over",
    file: "core/http/connection-pool.ts",
    text: "if (connection.usableUntilMs <= now) {\n        connection.close();",
    becomes: "if (connection.usableUntilMs <= now) {",
  },
  {
    what: "idle connections are left open when the proxy stops",
    file: "core/server/data-plane.ts",
    text: "this.http.pools.close();",
    becomes: "",
  },
  {
    what: "a fast endpoint is not paused",
    file: "core/http/response-stream.ts",
    text: "this.#endpoint?.pause();",
    becomes: "",
  },
  {
    what: "an endpoint that was paused is never resumed",
    file: "core/http/response-stream.ts",
    text: "this.#endpoint?.resume();",
    becomes: "",
  },
  {
    what: "a fast client is not paused",
    file: "core/http/request-stream.ts",
    text: "this.#client.pause();",
    becomes: "",
  },
  {
    what: "a client that was paused is never resumed",
    file: "core/http/request-stream.ts",
    text: "this.#client.resume();",
    becomes: "",
  },
  {
    what: "the last byte of a large part of a body is lost",
    file: "core/http/request-stream.ts",
    text: "else kept.range(bytes, start, end);",
    becomes: "else kept.range(bytes, start, end - start > 1000 ? end - 1 : end);",
  },
  {
    what: "a chunk that comes in two pieces loses the end of the first",
    file: "core/wire/body-reader.ts",
    text: "        this.dataEnd = at;\n        this.#leftBytes -= taken;",
    becomes: "        this.dataEnd = taken < this.#leftBytes ? at - 1 : at;\n        this.#leftBytes -= taken;",
  },
  {
    what: "the last chunk is sent twice",
    file: "core/http/request-stream.ts",
    text: "if (this.#endpoint !== undefined) writeLastChunk(out, body.trailers);",
    becomes: "if (this.#endpoint !== undefined) (writeLastChunk(out, body.trailers), writeLastChunk(out, undefined));",
  },
  {
    what: "an answer to HEAD is taken to have a body",
    file: "core/http/endpoint-connection.ts",
    text: "this.#partial, taker.isHead);",
    becomes: "this.#partial, false);",
  },
  {
    what: "a client of HTTP/1.0 gets interim answers",
    file: "core/http/route-plan.ts",
    text: "facts.minorVersion === 0 || ",
    becomes: "",
  },
  {
    what: "a tunnel is opened that nobody asked for",
    file: "core/http/protocol-switch.ts",
    text: 'return protocol !== "" && head.upgrade',
    becomes: "return head.upgrade || head.upgrade",
  },
  {
    what: "bytes are counted twice",
    file: "core/http/request-stream.ts",
    text: "this.#count.add(this.byteCount - before);",
    becomes: "this.#count.add(2 * (this.byteCount - before));",
  },
  {
    what: "an endpoint that does not answer is waited for without end",
    file: "core/http/exchange-pace.ts",
    text: 'if (leftMs <= 0) return "response-timeout";',
    becomes: "if (leftMs <= 0) return 1000;",
  },
  {
    what: "a body with two framings is let in",
    file: "core/wire/request-parser.ts",
    text: 'if ((idsLow & lengthBit) !== 0) this.#refuse("content-length and transfer-encoding");\n    else if',
    becomes: "if",
  },
  {
    what: "the body of a request is dropped because that of the one before it was",
    file: "core/http/request-stream.ts",
    text: "this.#discards = false;",
    becomes: "",
  },
  {
    what: "a body counts from where the one before it ended",
    file: "core/http/response-stream.ts",
    text: "this.byteCount = 0;\n    this.fault",
    becomes: "this.fault",
  },
  {
    what: "an endpoint is not tried because another request has failed there",
    file: "core/http/retry-state.ts",
    text: 'this.tried = noEndpoints;\n    this.failure = "no-endpoint";',
    becomes: 'this.failure = "no-endpoint";',
  },
];

/** The same, each where HTTP is spoken. */
export const mutationsOfHttp: readonly Mutation[] = [
  ...planted,
  ...mutationsOfChanges,
  ...mutationsOfAuto,
  ...mutationsOfHedges,
].map((mutation) => ({
  ...mutation,
  http: true,
}));
