/** Texts with variables in braces, which header rules and access logs write: `{client.ip}`. */
import { makeMistake, oneOf, quote } from "./mistake.ts";
import type { Mistake } from "./mistake.ts";
import { nearest } from "./nearest.ts";

/** What the variables of a header rule stand for. */
export const ruleVariables: Readonly<Record<string, string>> = {
  "client.ip": "the client's address: the peer, or who a trusted proxy says",
  "client.port": "the port that the peer connected from",
  listener: "the name of the listener",
  route: "the name of the route",
  upstream: "the name of the upstream; empty where there is none",
  "request.id": "the request's id, as in `X-Request-ID`",
  "request.method": "the method",
  "request.host": "the host that was asked for, with its port",
  "request.path": "the path as it was matched",
  "request.query": "the query without its `?`",
  "trace.id": "the id of the trace; empty without one",
  "header:NAME": "the first header of that name, as it came, in the request or the answer that the rule is for",
  time: "the time of the request (RFC 3339)",
};

/** What the variables of an access log's template stand for. */
export const accessVariables: Readonly<Record<string, string>> = {
  time: "the time of the record (RFC 3339)",
  time_clf: "the time as the Common Log Format has it",
  listener: "the name of the listener",
  route: "the name of the route",
  peer: "who is connected",
  client: "the client: the peer, or who a trusted proxy says",
  upstream: "the name of the upstream",
  endpoint: "the endpoint that answered, or was tried last",
  method: "the method",
  host: "the host that was asked for",
  target: "the target as it was sent",
  protocol: "`HTTP/1.0` or `HTTP/1.1`",
  status: "the status that the client got; 0 when it got none",
  outcome: "how the exchange [ended](outcomes.md)",
  source: "whose doing that was",
  reason: "in words, where the outcome has several reasons",
  request_id: "the request's id",
  trace_id: "the id of the trace",
  referer: "`Referer`",
  user_agent: "`User-Agent`",
  attempts: "how many attempts were made",
  reused: "whether the connection to the endpoint had served another request before",
  bytes_up: "bytes of the request's body",
  bytes_down: "bytes of the answer's body",
  queue_ms: "how long it waited for room at an endpoint",
  connect_ms: "how long the last connect took",
  first_byte_ms: "from the request's head to the first byte of the answer's",
  duration_ms: "from the request's head to the end",
};

/** What is wrong with the variables in a text, or undefined. Braces that are no variable's must be doubled. */
export function variableMistake(text: string, known: readonly string[]): Mistake | undefined {
  for (const [token, name] of text.matchAll(/\{\{|\}\}|\{([^{}]*)\}|[{}]/g)) {
    if (token.length === 2 && name === undefined) continue;
    if (name === undefined) {
      const what = `Brace in ${quote(text)} is no variable's`;
      return makeMistake(
        what,
        "a variable such as {client.ip}",
        `for the character itself write ${quote(token + token)}`,
      );
    }
    if (known.includes(name) || (known.includes("header:NAME") && headerVariable.test(name))) continue;
    const close = nearest(name, known);
    const hint = close === undefined ? undefined : `did you mean ${quote(`{${close}}`)}?`;
    return makeMistake(`Unknown variable ${quote(token)}`, oneOf(known), hint);
  }
  return undefined;
}

const headerVariable = /^header:[!#$%&'*+.^_`|~\w-]+$/;
