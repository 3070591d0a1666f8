import type { Mutation } from "./mutations.ts";

/** Bugs in how a listener tells HTTP from other protocols. */
export const mutationsOfAuto: readonly Omit<Mutation, "http">[] = [
  {
    what: "what came before it was known what a client speaks is lost",
    file: "core/server/auto-service.ts",
    text: "this[protocol].take(client, admitted, ahead, ended);",
    becomes: "this[protocol].take(client, admitted, undefined, ended);",
  },
  {
    what: "a client that has ended before it was known what it speaks is taken for one that goes on",
    file: "core/server/auto-service.ts",
    text: "this[protocol].take(client, admitted, ahead, ended);",
    becomes: "this[protocol].take(client, admitted, ahead, false);",
  },
  {
    what: "who waits for the other side to begin waits for good",
    file: "core/server/auto-service.ts",
    text: '    this.#decide("tcp", false);\n  }\n\n  abort',
    becomes: "  }\n\n  abort",
  },
  {
    what: "who begins with a method and a path speaks HTTP",
    file: "core/server/looks-like-http.ts",
    text: "if (byte === lineFeed) return false;",
    becomes: "if (byte === lineFeed) return true;",
  },
  {
    what: "only the first of what came is looked at",
    file: "core/server/auto-service.ts",
    text: "const verdict = looksLikeHttp(ahead);",
    becomes: "const verdict = looksLikeHttp(bytes) ?? (ahead.length > bytes.length ? false : undefined);",
  },
  {
    what: "a client that leaves before it is known what it speaks keeps its place",
    file: "core/server/auto-service.ts",
    text: "this.admission.leave(detection.admitted);",
    becomes: "",
  },
];
