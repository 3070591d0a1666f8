/** The bytes of simulated requests and answers, whole, with what is wrong with them. */
import { Buffer } from "node:buffer";
import { firstOffset, patternBytes } from "../../src/cli/load/pattern.ts";
import type { AnswerPlan, ExtraFields, Field, RequestPlan } from "./http-plan.ts";

/** A message as it is sent. */
export interface MessageBytes {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
}

/** The protocol that tunnels of tests switch to. */
export const tunnelProtocol = "websocket";

/** What each request says in its Host. */
export const requestHost = "sim.test";

/** More than any limit lets a line be. */
const longText = "a".repeat(20_000);

/** Where in the pattern the body of a request starts, and that of its answer. */
export function requestOffset(id: number): number {
  return firstOffset(2 * id);
}
/** Likewise. */
export function answerOffset(id: number): number {
  return firstOffset(2 * id + 1);
}

/** The pattern from an offset on, however long. */
export function patternOf(offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const part = patternBytes(offset + at, length - at);
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** What a request is for, as its client asks. */
export function targetOf({ route, id, flaw, query }: RequestPlan): string {
  const text = flaw === "long-target" ? longText : query;
  return `${route}/${id}${text === undefined ? "" : `?${text}`}`;
}

/** The header fields of a request as its client sends it, but for what is wrong with them. */
export function requestFields(plan: RequestPlan): readonly Field[] {
  const { flaw, body, upgrade, extra } = plan;
  const fields: Field[] = flaw === "no-host" ? [] : [["Host", requestHost]];
  fields.push(["X-Id", String(plan.id)]);
  if (upgrade) fields.push(["Connection", "upgrade"], ["Upgrade", tunnelProtocol]);
  else if (plan.connection !== "") fields.push(["Connection", plan.connection]);
  if (!upgrade && body.kind === "length") fields.push(["Content-Length", String(body.bytes)]);
  if (!upgrade && body.kind === "chunked") fields.push(["Transfer-Encoding", "chunked"]);
  if (plan.expects) fields.push(["Expect", "100-continue"]);
  return extra === undefined ? fields : [...fields, ...extra.fields];
}

/** A request as its client sends it. */
export function requestBytes(plan: RequestPlan): MessageBytes {
  const { flaw, method, minorVersion, body, upgrade } = plan;
  const version = flaw === "version" ? "HTTP/2.0" : `HTTP/1.${minorVersion}`;
  const start = flaw === "connect" ? `CONNECT ${requestHost}:80` : `${method} ${targetOf(plan)}`;
  const lines = [`${start} ${version}`, ...requestFields(plan).map(lineOf)];
  lines.push(...flawedLines(plan));
  const end = flaw === "bare-line-feed" ? "\r\nX-Odd: 1\n\r\n" : "\r\n\r\n";
  const head = Buffer.from(lines.join("\r\n") + end, "latin1");
  if (upgrade || body.kind === "none") return { head, body: new Uint8Array() };
  const content = patternOf(requestOffset(plan.id), body.bytes);
  if (body.kind === "length") return { head, body: content };
  return { head, body: chunked(content, body.chunkBytes, flaw === "bad-chunk", plan.extra) };
}

function lineOf([name, value]: Field): string {
  return `${name}: ${value}`;
}

function flawedLines({ flaw, body }: RequestPlan): readonly string[] {
  if (flaw === "both-framings")
    return body.kind === "length" ? ["Transfer-Encoding: chunked"] : bothFramings[body.kind];
  if (flaw === "two-lengths") return ["Content-Length: 1", "Content-Length: 2"];
  if (flaw === "space-before-colon") return ["X-Odd : 1"];
  if (flaw === "long-head") return [`X-Long: ${longText}`];
  return flaw === "expectation" ? ["Expect: the-unexpected"] : [];
}

const bothFramings: Readonly<Record<"none" | "chunked", readonly string[]>> = {
  none: ["Content-Length: 5", "Transfer-Encoding: chunked"],
  chunked: ["Content-Length: 5"],
};

/** What an answer says of itself, for the client to check. */
export interface AnswerMarks {
  /** Of the request. */
  readonly id: number;
  /** The number of the serving, over all endpoints. */
  readonly serving: number;
  /** It answers a HEAD. */
  readonly toHead: boolean;
  /** How much of the request's body was there when it was written. */
  readonly got: number;
}

/** The header fields of an answer as its endpoint sends it, but for what is wrong with them. */
export function answerFields(plan: AnswerPlan, marks: AnswerMarks): readonly Field[] {
  const { framing, extra } = plan;
  const fields = [...marksOf(marks)];
  if (statusOf(plan) === 101) fields.push(["Connection", "upgrade"], ["Upgrade", tunnelProtocol]);
  else if (plan.later === "close") fields.push(["Connection", "close"]);
  else if (plan.minorVersion === 0 && framing !== "close") fields.push(["Connection", "keep-alive"]);
  if (plan.keepAliveS > 0) fields.push(["Keep-Alive", `timeout=${plan.keepAliveS}`]);
  if (framing === "length") fields.push(["Content-Length", String(plan.bytes)]);
  if (framing === "chunked") fields.push(["Transfer-Encoding", "chunked"]);
  return extra === undefined ? fields : [...fields, ...extra.fields];
}

function statusOf({ flaw, status }: AnswerPlan): number {
  return flaw === "unasked-switch" ? 101 : status;
}

/** An answer as its endpoint sends it. */
export function answerBytes(plan: AnswerPlan, marks: AnswerMarks): MessageBytes {
  const { flaw, framing, bytes } = plan;
  if (flaw === "garbage") return { head: Buffer.from(garbage, "latin1"), body: new Uint8Array() };
  const start = `HTTP/1.${plan.minorVersion} ${statusOf(plan)} Simulated`;
  const lines = [start, ...answerFields(plan, marks).map(lineOf)];
  if (flaw === "both-framings") lines.push("Content-Length: 5", "Transfer-Encoding: chunked");
  if (flaw === "two-lengths") lines.push("Content-Length: 5", "Content-Length: 6");
  if (flaw === "long-head") lines.push(...Array.from({ length: 5 }, () => `X-Long: ${longText}`));
  const end = flaw === "bare-line-feed" ? "\r\nX-Odd: 1\n\r\n" : "\r\n\r\n";
  const head = Buffer.from(lines.join("\r\n") + end, "latin1");
  if (!hasBody(plan, marks)) return { head, body: new Uint8Array() };
  const content = patternOf(answerOffset(marks.id), bytes);
  if (framing !== "chunked") return { head, body: content };
  return { head, body: chunked(content, plan.chunkBytes, flaw === "bad-chunk", plan.extra) };
}

/** Whether bytes of a body follow the head of an answer. */
export function hasBody({ framing, status }: AnswerPlan, { toHead }: Pick<AnswerMarks, "toHead">): boolean {
  return framing !== "none" && !toHead && status !== 304 && status !== 204 && status !== 101;
}

/** An interim answer. */
export function interimBytes(status: number, marks: AnswerMarks): Uint8Array {
  return Buffer.from([`HTTP/1.1 ${status} Soon`, ...marksOf(marks).map(lineOf), "", ""].join("\r\n"), "latin1");
}

/** What an endpoint sends that nobody asked for: a whole answer of no request, or nonsense. */
export function unaskedBytes(kind: "garbage" | "answer"): Uint8Array {
  const text =
    kind === "garbage" ? garbage : "HTTP/1.1 200 Unasked\r\nX-Id: 0\r\nX-Serving: -1\r\nContent-Length: 0\r\n\r\n";
  return Buffer.from(text, "latin1");
}

const garbage = "\x16\x03\x01 what is this?\r\n\r\n";

/** What every head of an answer says of itself. */
export function marksOf({ id, serving, got }: AnswerMarks): readonly Field[] {
  return [
    ["X-Id", String(id)],
    ["X-Serving", String(serving)],
    ["X-Got", String(got)],
  ];
}

/** In chunks, with the last one and the trailers; `bad`: the last chunk's size is none. */
function chunked(content: Uint8Array, chunkBytes: number, bad: boolean, extra?: ExtraFields): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < content.byteLength; at += chunkBytes) {
    const part = content.subarray(at, at + chunkBytes);
    parts.push(Buffer.from(`${part.byteLength.toString(16)}\r\n`), part, Buffer.from("\r\n"));
  }
  const trailers = (extra?.trailers ?? []).map((field) => `${lineOf(field)}\r\n`).join("");
  return Buffer.concat([...parts, Buffer.from(`${bad ? "0x0" : "0"}\r\n${trailers}\r\n`)]);
}
