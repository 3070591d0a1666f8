import type { Mutation } from "./mutations.ts";

/** Bugs in what the proxy changes of messages: trailers, header rules, rewrites, and whom it believes. */
export const mutationsOfChanges: readonly Omit<Mutation, "http">[] = [
  {
    what: "trailers are passed on that no list allows",
    file: "core/wire/trailer-parser.ts",
    text: "if (!isText(bytes, start, end, name)) continue;",
    becomes: "",
  },
  {
    what: "a trailer that frames or routes is passed on when a list allows it",
    file: "core/wire/trailer-parser.ts",
    text: "if (fields[field] !== HeaderId.other) continue;",
    becomes: "",
  },
  {
    what: "trailers that came in two pieces are lost",
    file: "core/wire/body-reader.ts",
    text: "this.trailers = parser.allowedOf(partial === undefined ? bytes : partial.bytes);",
    becomes: "this.trailers = partial === undefined ? parser.allowedOf(bytes) : undefined;",
  },
  {
    what: "a field that a rule sets stays as its sender had it, too",
    file: "core/http/forward/header-rules.ts",
    text: "[...rules.remove, ...rules.set.map(({ name }) => name)]",
    becomes: "[...rules.remove]",
  },
  {
    what: "rules of answers are forgotten in own ones",
    file: "core/http/answer/answer-writer.ts",
    text: "rules?.write(out, undefined, facts.variables);",
    becomes: "",
  },
  {
    what: "braces that stand for braces begin a variable",
    file: "core/http/forward/template.ts",
    text: "      literal += character;\n      at++;\n      continue;",
    becomes: "",
  },
  {
    what: "the port of a client is the listener's",
    file: "core/http/forward/client-facts.ts",
    text: 'return this.peer.kind === "tcp" ? this.peer.port : 0;',
    becomes: "return this.localPort;",
  },
  {
    what: "a rewritten prefix has two slashes",
    file: "core/route/path-replacement.ts",
    text: "while (writer.length > start && writer.bytes[writer.length - 1] === slash) writer.length--;",
    becomes: "",
  },
  {
    what: "an empty query of a rewrite leaves the client's",
    file: "core/route/rewrite.ts",
    text: "rewrite?.query === undefined ? undefined",
    becomes: "!rewrite?.query ? undefined",
  },
  {
    what: "a rewritten host is told as the client's",
    file: "core/http/forward/request-writer.ts",
    text: "    out.range(head.bytes, authorityStart, authorityEnd);\n      out.all(crlf);",
    becomes:
      "    if (this.#host !== undefined) out.all(this.#host);\n" +
      "      else out.range(head.bytes, authorityStart, authorityEnd);\n      out.all(crlf);",
  },
  {
    what: "the client is who X-Forwarded-For names first",
    file: "core/http/forward/client-address.ts",
    text: "if (!trusted.has(address)) return address;",
    becomes: "",
  },
  {
    what: "anybody's word about a client is taken",
    file: "core/http/forward/client-address.ts",
    text: "if (!client.trusted) return client.address;",
    becomes: "",
  },
  {
    what: "what a client says of itself reaches the endpoint",
    file: "core/http/forward/request-writer.ts",
    text: "const dropped = trusted ? this.#droppedOfTrusted : this.#dropped;",
    becomes: "const dropped = this.#droppedOfTrusted;",
  },
  {
    what: "a trusted proxy's list of clients is dropped",
    file: "core/http/forward/request-writer.ts",
    text: "if (client.trusted) own = this.#writeForTrusted(out, head, facts);",
    becomes: "",
  },
];
