import type { Mutation } from "./mutations.ts";

/** Bugs in requests that are sent to two endpoints at a time. */
export const mutationsOfHedges: readonly Omit<Mutation, "http">[] = [
  {
    what: "the first attempt goes on although the hedge has answered",
    file: "core/http/exchange.ts",
    text: '    this.#leaveAttempt("unknown");\n    this.#link = ',
    becomes: "    this.#link = ",
  },
  {
    what: "the hedge goes on although the first attempt has answered",
    file: "core/http/hedge.ts",
    text: "    this.leave();\n    return false;",
    becomes: "    return false;",
  },
  {
    what: "both answers are passed on",
    file: "core/http/hedge.ts",
    text: "    this.leave();\n    return false;",
    becomes: "    this.underWay = false;\n    this.#link.connection?.passTo(this.#hedged);\n    return false;",
  },
  {
    what: "a hedge outlives its exchange",
    file: "core/http/exchange.ts",
    text: "    this.#hedge?.leave();\n",
    becomes: "",
  },
  {
    what: "a request that may change something is sent to two endpoints",
    file: "core/http/request-stream.ts",
    text: "if (!again) this.letGo();",
    becomes: "",
  },
  {
    what: "half a request is sent to a second endpoint",
    file: "core/http/hedge.ts",
    text: "!request.done || ",
    becomes: "",
  },
  {
    what: "there is one hedge after the other",
    file: "core/http/hedge.ts",
    text: "    this.#spent = true;\n",
    becomes: "",
  },
  {
    what: "a hedge is not counted as an attempt",
    file: "core/http/hedge.ts",
    text: "this.#facts.attempts += 1;",
    becomes: "",
  },
  {
    what: "the body of a hedge's answer is lost",
    file: "core/http/endpoint-link.ts",
    text: "this.connection?.passTo(owner);",
    becomes: "",
  },
  {
    what: "a hedge that has failed keeps its attempt",
    file: "core/http/hedge.ts",
    text: "    this.underWay = false;\n    this.#link.leave(result);",
    becomes: "    this.underWay = false;",
  },
  {
    what: "the first attempt's endpoint gets the hedge too",
    file: "core/http/hedge.ts",
    text: "this.tried = this.#retry.triedAnd(first);",
    becomes: "void first;",
  },
  {
    what: "a request to switch protocols is sent to two endpoints",
    file: "core/http/hedge.ts",
    text: 'this.#spent = upgrade !== "";',
    becomes: "this.#spent = false;",
  },
];
