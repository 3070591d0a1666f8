/** What happens in a scenario whose listeners speak HTTP, as plain data. Sizes are bytes, times virtual milliseconds. */

/** The traffic of a scenario. */
export interface HttpPlan {
  readonly clients: readonly HttpClientPlan[];
}

/** What a client does on its one connection. */
export interface HttpClientPlan {
  /** Unlike all others; from 1. */
  readonly id: number;
  /** The address it comes from. */
  readonly client: string;
  /** The listener's place in the settings. */
  readonly listener: number;
  readonly startMs: number;
  readonly requests: readonly RequestPlan[];
  /** Requests that may be under way at a time; above 1 it pipelines. */
  readonly ahead: number;
  /** Between an answer and the next request. */
  readonly gapMs: number;
  /** `last`: FIN when all is answered; `fin`: behind the last request; the others when `abortAfterBytes` are sent; `hold`: never. */
  readonly end: "last" | "fin" | "reset" | "destroy" | "hold";
  readonly abortAfterBytes: number;
  /** It stops reading for `stallMs` whenever it has read so many bytes; 0: never. */
  readonly stallBytes: number;
  readonly stallMs: number;
}

/** A field as it is sent: its name and its value. */
export type Field = readonly [name: string, value: string];

/** What a message holds besides what it needs. */
export interface ExtraFields {
  readonly fields: readonly Field[];
  /** Behind a chunked body; else they are not sent. */
  readonly trailers: readonly Field[];
}

/** A request, and what the endpoints do with it. */
export interface RequestPlan {
  /** Unlike all others of the scenario; from 1. It is in the path, and in a header field. */
  readonly id: number;
  readonly method: string;
  /** Of the path: which route it is for. */
  readonly route: string;
  readonly minorVersion: 0 | 1;
  /** Empty: the client says nothing. */
  readonly connection: "" | "close" | "keep-alive";
  readonly body: RequestBodyPlan;
  /** It sends its body when it is told to, or after `bodyDelayMs`. */
  readonly expects: boolean;
  readonly bodyDelayMs: number;
  /** It asks for a tunnel. */
  readonly upgrade: boolean;
  /** It is written in pieces of so many bytes, the first dozen of them with a gap. */
  readonly pieceBytes: number;
  readonly gapMs: number;
  readonly flaw: RequestFlaw;
  /** Without `?`. Absent: none. */
  readonly query?: string;
  readonly extra?: ExtraFields;
  /** What the first endpoint that gets it does, and the next ones; the last stays. */
  readonly answers: readonly AnswerPlan[];
}

/** In a tunnel the bytes are those that the client sends through it. */
export interface RequestBodyPlan {
  readonly kind: "none" | "length" | "chunked";
  readonly bytes: number;
  readonly chunkBytes: number;
}

/** What is wrong with a request. */
export type RequestFlaw =
  | "none"
  | "both-framings"
  | "two-lengths"
  | "no-host"
  | "space-before-colon"
  | "bare-line-feed"
  | "version"
  | "long-target"
  | "long-head"
  | "expectation"
  | "connect"
  | "bad-chunk";

/** What an endpoint does with a request. */
export interface AnswerPlan {
  /** It answers when so many bytes of the body are there, or all of it. */
  readonly afterBytes: number;
  readonly delayMs: number;
  /** Interim answers before it. */
  readonly interim: readonly number[];
  readonly status: number;
  readonly minorVersion: 0 | 1;
  /** `none`: no body, and no word of one. */
  readonly framing: "none" | "length" | "chunked" | "close";
  /** In a tunnel, those that the endpoint sends through it. */
  readonly bytes: number;
  readonly chunkBytes: number;
  readonly pieceBytes: number;
  readonly gapMs: number;
  readonly flaw: AnswerFlaw;
  /** What happens when `faultBytes` of the answer are written, in the place of the rest. */
  readonly fault: "none" | "fin" | "reset" | "destroy" | "stall";
  readonly faultBytes: number;
  /** What becomes of the connection `laterMs` after the answer. */
  readonly later: "keep" | "close" | "fin" | "reset" | "garbage" | "answer";
  readonly laterMs: number;
  /** What it says of how long it keeps the connection; 0: nothing. */
  readonly keepAliveS: number;
  readonly extra?: ExtraFields;
  /** What nobody asked for comes with it, in the same write. */
  readonly behind?: "garbage" | "answer";
}

/** What is wrong with an answer. */
export type AnswerFlaw =
  | "none"
  | "garbage"
  | "both-framings"
  | "two-lengths"
  | "bare-line-feed"
  | "bad-chunk"
  | "unasked-switch"
  | "long-head";
