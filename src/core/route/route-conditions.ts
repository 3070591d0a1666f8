import { AddressSet } from "../bytes/address-set.ts";
import type { RouteMatchSettings } from "../server/http-settings.ts";
import type { RequestHead } from "../wire/request-head.ts";
import { headerHolds, queryHolds, ValueTest } from "./value-test.ts";

const utf8 = new TextEncoder();

/** What a route asks for besides host and path. */
export class RouteConditions {
  readonly #settings: RouteMatchSettings;
  readonly #methods: readonly Uint8Array[] | undefined;
  readonly #headers: readonly ValueTest[];
  readonly #query: readonly ValueTest[];
  readonly #clients: AddressSet | undefined;

  constructor(settings: RouteMatchSettings) {
    this.#settings = settings;
    this.#methods = settings.methods?.map((method) => utf8.encode(method));
    this.#headers = settings.headers.map((match) => new ValueTest(match));
    this.#query = settings.query.map((match) => new ValueTest(match));
    this.#clients = settings.clients && new AddressSet(settings.clients);
  }

  /** All of them. `client` is asked for only when all others do. */
  hold(head: RequestHead, client: () => string): boolean {
    if (this.#methods !== undefined && !isOneOf(this.#methods, head)) return false;
    for (let place = 0; place < this.#headers.length; place++) {
      if (!headerHolds(this.#headers[place] as ValueTest, head)) return false;
    }
    for (let place = 0; place < this.#query.length; place++) {
      if (!queryHolds(this.#query[place] as ValueTest, head)) return false;
    }
    return this.#clients === undefined || this.#clients.has(client());
  }

  /** Why they do not hold, in words: the first that does not. Empty when all do. */
  explain(head: RequestHead, client: () => string): string {
    const { methods = [], clients = [] } = this.#settings;
    if (this.#methods !== undefined && !isOneOf(this.#methods, head)) return `method is not ${orList(methods)}`;
    const header = this.#headers.find((test) => !headerHolds(test, head));
    if (header !== undefined) return `header ${header.words}`;
    const parameter = this.#query.find((test) => !queryHolds(test, head));
    if (parameter !== undefined) return `query parameter ${parameter.words}`;
    if (this.#clients === undefined || this.#clients.has(client())) return "";
    return `client ${client()} is not in ${orList(clients)}`;
  }
}

/** Undefined when a route asks for nothing but host and path. */
export function readConditions(settings: RouteMatchSettings): RouteConditions | undefined {
  const { methods, headers, query, clients } = settings;
  const isFree = methods === undefined && headers.length === 0 && query.length === 0 && clients === undefined;
  return isFree ? undefined : new RouteConditions(settings);
}

/** Which of two routes with the same host and path comes first, when below 0; 0 when the file says it. */
export function compareConditions(a: RouteMatchSettings, b: RouteMatchSettings): number {
  return (
    Number(a.methods === undefined) - Number(b.methods === undefined) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length
  );
}

/** `a, b or c`. */
export function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
}

function isOneOf(methods: readonly Uint8Array[], head: RequestHead): boolean {
  const { bytes, methodStart } = head;
  const length = head.methodEnd - methodStart;
  for (let place = 0; place < methods.length; place++) {
    const method = methods[place] as Uint8Array;
    if (method.length !== length) continue;
    let at = 0;
    while (at < length && bytes[methodStart + at] === method[at]) at++;
    if (at === length) return true;
  }
  return false;
}
