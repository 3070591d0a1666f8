/**
 * What a case of the framing corpus is: what a client sends, what the origin answers, and what must be true of both ends.
 * All bytes are text with a character for each byte (Latin-1).
 */
import type { CapabilityName } from "../../src/core/runtime/capabilities.ts";
import type { ProfileName } from "./profiles.ts";

/** Cases about one thing. */
export interface Theme {
  readonly name: string;
  /** How the proxy is set where a case does not say otherwise. */
  readonly profile: ProfileName;
  readonly cases: readonly Case[];
}

/** One of them. */
export interface Case {
  /** Unique within its theme. */
  readonly name: string;
  /** In a line, with its source: a section of an RFC, a CVE, or who was bitten. */
  readonly why: string;
  /** Where the RFC leaves a choice: which we took, and why. */
  readonly judgement?: string;
  readonly profile?: ProfileName;
  readonly send: readonly Step[];
  /** The methods of the requests, for who reads the answers; absent: none is HEAD. */
  readonly methods?: readonly string[];
  /** What the origin does with the requests it reads, in their order; all further ones get `plainAnswer`. */
  readonly origin?: readonly OriginAnswer[];
  readonly expect: Expectation;
  /** What the sockets must be able to do for it. */
  readonly needs?: CapabilityName;
  /** The question is what becomes of the origin's answer, not of the request. */
  readonly aboutAnswer?: true;
  /** No sentinel is sent: the proxy is to end the connection by itself. */
  readonly quiet?: true;
  /**
   * How many requests a reading makes that the RFCs let a more forgiving recipient have; absent: as many as are expected,
   * or one. Others would be unjust to our peers.
   */
  readonly permits?: number;
  /** What no origin may see, or for an answer no client, beside bad framing. */
  readonly danger?: Danger;
}

/** Bytes in which `pattern` is found are ambiguous: `what` says why. */
export interface Danger {
  readonly pattern: RegExp;
  readonly what: string;
}

/** A client writes, waits until it or the origin has seen a text, or sends FIN. */
export type Step = string | { readonly side: "client" | "origin"; readonly sees: string } | typeof fin;

/** The client sends FIN. */
export const fin: unique symbol = Symbol("FIN");

/** Bytes written when the head of a request is read, and when its body is; then the connection goes on, or ends. */
export interface OriginAnswer {
  readonly head?: string;
  readonly end?: string;
  /** `close` FIN; `reset` RST; `tunnel`: what comes is echoed. */
  readonly after?: "keep" | "close" | "reset" | "tunnel";
}

/** What must be true in the end. */
export interface Expectation {
  /** The final answers that the client gets, in order. */
  readonly answers: readonly Answer[];
  /** Also right: the client's connection is cut before the last answer was whole, or begun. */
  readonly orCut?: true;
  /** The proxy ends the client's connection after them. If not, it must serve another request on it. */
  readonly closed: boolean;
  /** The whole requests that the origin saw, byte for byte; several chunks count as one. Without those of the runner. */
  readonly origin: readonly string[];
  /** The origin may have seen the beginning of this request, but never its end; its connection must have ended then. */
  readonly begun?: string;
  /** Bytes that a tunnel must have brought to the origin. */
  readonly tunnel?: string;
}

/** A final answer. */
export interface Answer {
  /** Several where the RFC gives the choice. */
  readonly status: number | readonly number[];
  /** Without its framing. */
  readonly body?: string;
  /** Lines of header fields that it has. */
  readonly has?: readonly string[];
  /** Names of header fields that it has not, in lower case. */
  readonly lacks?: readonly string[];
  /** Statuses of the 1xx answers before it; absent: none. */
  readonly interim?: readonly number[] | "any";
  /** It must not look whole: the connection ends before its framing says so. */
  readonly truncated?: boolean;
}

/** What an origin answers where a case does not care. */
export const plainAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A head: its first line, its fields, and the empty line. */
export function head(...lines: readonly string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** The head of a GET with a Host and further fields. */
export function get(target: string, ...fields: readonly string[]): string {
  return head(`GET ${target} HTTP/1.1`, "Host: a.test", ...fields);
}

/** The head of a POST with a Host and further fields. */
export function post(target: string, ...fields: readonly string[]): string {
  return head(`POST ${target} HTTP/1.1`, "Host: a.test", ...fields);
}

/** The request that must not come out of another one. */
export const smuggled = get("/smuggled");

/** A request as the proxy forwards it: `Host` first, the kept fields as they were, then the framing, then what it adds. */
export function seen(
  line: string,
  more: {
    readonly host?: string;
    readonly fields?: readonly string[];
    readonly body?: string;
    readonly chunked?: string;
    readonly added?: readonly string[];
  } = {},
): string {
  const { host = "a.test", fields = [], body, chunked, added = [] } = more;
  const framing =
    body === undefined
      ? chunked === undefined
        ? []
        : ["Transfer-Encoding: chunked"]
      : [`Content-Length: ${body.length}`];
  const text = head(`${line} HTTP/1.1`, `Host: ${host}`, ...fields, ...framing, ...added);
  return text + (body ?? (chunked === undefined ? "" : inOneChunk(chunked)));
}

/** A body as one chunk, and the last one. */
export function inOneChunk(body: string, trailers: readonly string[] = []): string {
  const data = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
  return `${data}0\r\n${trailers.map((line) => `${line}\r\n`).join("")}\r\n`;
}

type More = Partial<Pick<Case, "judgement" | "profile" | "methods" | "origin" | "danger" | "permits">>;

/** A case in which nothing is forwarded: an error, and the connection is closed. */
export function refused(
  name: string,
  why: string,
  send: string | readonly Step[],
  more: More & { readonly status?: number | readonly number[]; readonly begun?: string } = {},
): Case {
  const { status = 400, begun, ...rest } = more;
  return {
    name,
    why,
    send: typeof send === "string" ? [send] : send,
    expect: { answers: [{ status }], closed: true, origin: [], ...(begun === undefined ? {} : { begun }) },
    ...rest,
  };
}

/** A case in which one request is forwarded, and the connection goes on. */
export function forwarded(
  name: string,
  why: string,
  send: string | readonly Step[],
  origin: string | readonly string[],
  more: More & { readonly answers?: readonly Answer[]; readonly closed?: boolean } = {},
): Case {
  const messages = typeof origin === "string" ? [origin] : origin;
  const { answers = messages.map(() => ({ status: 200 })), closed = false, ...rest } = more;
  return {
    name,
    why,
    send: typeof send === "string" ? [send] : send,
    expect: { answers, closed, origin: messages },
    ...rest,
  };
}

/** A case about what the origin answers to a plain GET. */
export function answered(
  name: string,
  why: string,
  origin: string | OriginAnswer,
  answer: Answer,
  more: More & { readonly closed?: boolean; readonly send?: string; readonly forwarded?: string } = {},
): Case {
  const { closed = false, send = get("/"), forwarded: message = seen("GET /"), ...rest } = more;
  return {
    name,
    why,
    send: [send],
    origin: [typeof origin === "string" ? { end: origin } : origin],
    aboutAnswer: true,
    expect: { answers: [answer], closed, origin: [message] },
    ...rest,
  };
}

/** An answer that must not reach the client: 502 takes its place. */
export function badAnswer(name: string, why: string, origin: string | OriginAnswer, more: More = {}): Case {
  return answered(name, why, origin, { status: 502 }, more);
}
