import { Buffer } from "node:buffer";
import { isPattern } from "../../src/cli/load/pattern.ts";
import type { CloseReason, SocketHandler } from "../../src/core/runtime/socket.ts";
import {
  answerBytes,
  answerFields,
  answerOffset,
  hasBody,
  interimBytes,
  marksOf,
  patternOf,
  requestOffset,
  unaskedBytes,
} from "./http-bytes.ts";
import type { RequestFlaw } from "./http-plan.ts";
import type { RequestRun, Serving } from "./http-runs.ts";
import type { HttpTraffic } from "./http-traffic.ts";
import { type BodyShape, type MessageEvents, type MessageHead, MessageReader } from "./message-reader.ts";
import { targetFor } from "./model-client.ts";
import { requestAtEndpoint, trailersOf } from "./model-heads.ts";
import { differences, madeId } from "./model-values.ts";
import { PacedWriter } from "./paced-writer.ts";
import type { SimSocket } from "./sim-socket.ts";

/** What it answers to a health check. */
const probeAnswer: Uint8Array = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nall's well");

/** One connection at an endpoint: checks each request that comes, and answers as its client's plan says. */
export class HttpEndpoint implements SocketHandler, MessageEvents {
  readonly socket: SimSocket;
  /** Bytes that were written up to the end of the last answer that was whole. */
  answerEnd = 0;
  /** The answer of the last request is whole, and nothing is under way. */
  idle = false;
  #restMs = 0;
  finSent = false;
  aborted = false;
  /** It has sent what nobody asked for. */
  dirty = false;
  readonly #traffic: HttpTraffic;
  readonly #reader: MessageReader;
  readonly #writer: PacedWriter;
  #serving: Serving | undefined = undefined;
  /** The answer is due: told once. */
  #started = false;
  /** All that is to be written of the answer was given to the writer. */
  #pushed = false;
  /** What was sent behind the answer, in the same write. */
  #behindBytes = 0;
  /** The position behind the head of the answer. */
  #headEnd = Infinity;
  #tunnel = false;

  constructor(traffic: HttpTraffic, socket: SimSocket) {
    this.#traffic = traffic;
    this.socket = socket;
    this.#reader = new MessageReader(this);
    this.#writer = new PacedWriter(socket, () => this.#written());
    socket.handler = this;
  }

  /** The request that it serves or has served last. */
  get serving(): Serving | undefined {
    return this.#serving;
  }

  /** Its last answer said that no other follows. */
  get saidClose(): boolean {
    const serving = this.#serving;
    return serving !== undefined && (serving.plan.later === "close" || this.#endsByClose(serving));
  }

  /** Since when it waits for a request: the proxy may have read the last answer long after it was written. */
  get idleSinceMs(): number {
    return Math.max(this.#restMs, this.socket.other?.lastMovedMs ?? 0);
  }

  abort(how: "reset" | "destroy"): void {
    if (this.socket.gone) return;
    this.aborted = true;
    this.#writer.stop();
    this.#reader.stop();
    this.socket[how]();
    const serving = this.#serving;
    if (serving === undefined) return;
    if (this.#tunnel) serving.cut = true;
    if (serving.complete) return;
    serving.cut = true;
    // Closed with nothing unread, it ends with FIN: that ends a body of unknown length.
    const fin = how === "destroy" && this.socket.unreadAtClose === 0;
    serving.complete = fin && this.#endsByClose(serving) && this.#writer.written >= this.#headEnd;
  }

  finish(): void {
    if (this.finSent || this.aborted) return;
    this.finSent = true;
    this.socket.end();
  }

  onData(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
  }

  onDrain(): void {
    this.#writer.drained();
  }

  onEnd(): void {
    if (this.#tunnel && !this.socket.orphaned) {
      const { request, gotBytes } = this.#serving as Serving;
      const client = this.#traffic.clientOf(request);
      if (client?.finSent !== true && client?.aborted !== true)
        this.#fail("fin-as-fin", `FIN in a tunnel, but client of ${request.plan.id} has sent none`);
      else if (client.finSent && gotBytes !== client.tunnelBytes)
        this.#fail("truncated", `FIN in a tunnel after ${gotBytes} bytes of ${client.tunnelBytes}`);
      if (this.#writer.idle) this.finish();
      return;
    }
    this.finish();
  }

  onClose(_reason: CloseReason): void {
    this.#writer.stop();
  }

  onHead(head: MessageHead): BodyShape {
    const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(head.line) ?? [];
    if (method === undefined || target === undefined) {
      this.#fail("request-well-formed", `no request line: ${head.line}`);
      return "none";
    }
    if (target === "/") {
      this.#writer.push(probeAnswer, Infinity, 0);
      return "none";
    }
    if (this.#serving !== undefined && !this.idle)
      this.#fail("one-at-a-time", `${target} comes while ${this.#serving.request.plan.id} is served`);
    const run = this.#traffic.runs.get(Number(head.fields.get("x-id")?.[0]));
    if (run === undefined) {
      this.#fail("request-intact", `nobody has sent ${head.line}`);
      return "none";
    }
    this.#checkIdle();
    this.#checkHead(run, method, target, head);
    this.#begin(run);
    if (this.dirty) {
      // It may have sent what looks like the answer before the request came: it plays that no further.
      run.poisoned = true;
      this.abort("reset");
      return "none";
    }
    if (this.#serving?.plan.afterBytes === 0) this.#start();
    const { upgrade, body } = run.plan;
    if (upgrade || body.kind === "none") return "none";
    return body.kind === "length" ? body.bytes : "chunked";
  }

  onBody(bytes: Uint8Array): void {
    const serving = this.#serving;
    if (serving === undefined) return;
    const { id } = serving.request.plan;
    if (!isPattern(requestOffset(id) + serving.gotBytes, bytes))
      this.#fail("request-intact", `${bytes.byteLength} bytes from ${serving.gotBytes} on are not of request ${id}`);
    serving.gotBytes += bytes.byteLength;
    if (!this.#tunnel && serving.gotBytes >= serving.plan.afterBytes) this.#start();
    if (serving.gotBytes > serving.request.plan.body.bytes)
      this.#fail("request-intact", `${serving.gotBytes} bytes of request ${id}, which has fewer`);
  }

  onMessageEnd(trailers: readonly string[]): void {
    const serving = this.#serving;
    if (serving === undefined || serving.gotWhole) return;
    const { plan, whole } = serving.request;
    const chunked = !plan.upgrade && plan.body.kind === "chunked";
    const wanted = chunked ? trailersOf(this.#traffic.asked(serving.request).http, plan.extra) : [];
    if (trailers.join("\n") !== wanted.join("\n"))
      this.#fail("trailers-allowed", `request ${plan.id} has ${String(trailers)}, and not ${String(wanted)}`);
    serving.gotWhole = true;
    serving.gotWholeMs = this.socket.host.network.queue.nowMs;
    const bytes = plan.upgrade || plan.body.kind === "none" ? 0 : plan.body.bytes;
    if (serving.gotBytes !== bytes)
      this.#fail("request-intact", `request ${plan.id} ends after ${serving.gotBytes} bytes of ${bytes}`);
    if (!whole) this.#fail("request-intact", `request ${plan.id} is whole, and its client has not sent all of it`);
    if (plan.flaw === "bad-chunk") this.#fail("flawed-is-refused", `request ${plan.id} looks whole`);
    this.#start();
    this.#rest();
  }

  onFault(what: string): void {
    this.#fail("request-well-formed", what);
  }

  #begin(run: RequestRun): void {
    const answers = run.plan.answers;
    const plan = answers[Math.min(run.servings.length, answers.length - 1)];
    if (plan === undefined) throw new Error(`Request ${run.plan.id} has no answer`);
    this.#serving = this.#traffic.serve(run, plan);
    this.idle = false;
    this.#started = false;
    this.#pushed = false;
    this.#headEnd = Infinity;
  }

  #checkHead(run: RequestRun, method: string, target: string, { fields }: MessageHead): void {
    const { plan } = run;
    const asked = this.#traffic.asked(run);
    const { action } = asked.route ?? {};
    const [requestId] = fields.get("x-request-id") ?? [];
    const [traceparent] = fields.get("traceparent") ?? [];
    // What was drawn for it stays, however often it is sent.
    if (run.servings.length === 0) run.drawn = { requestId, traceId: traceparent?.slice(3, 35) };
    const different = differences(fields, requestAtEndpoint(asked, run.drawn), nothing);
    if (different !== "") this.#fail("request-intact", `of request ${plan.id} ${different}`);
    if (requestId !== undefined && !madeId.test(requestId)) this.#fail("request-intact", `an id: ${requestId}`);
    const wanted = targetFor(plan, action?.kind === "forward" ? action.rewrite : undefined);
    if (method !== plan.method || target !== wanted)
      this.#fail("request-intact", `request ${plan.id} comes as ${method} ${target}, and not for ${wanted}`);
    if (headFlaws.has(plan.flaw)) this.#fail("flawed-is-refused", `request ${plan.id} was forwarded`);
  }

  /** It was kept for longer than the settings let. */
  #checkIdle(): void {
    if (this.#serving === undefined || !this.idle || this.socket.disturbed) return;
    const idleMs = this.socket.host.network.queue.nowMs - this.idleSinceMs;
    const mostMs = this.#traffic.maxIdleMs(this.#serving.plan.keepAliveS, this.idleSinceMs);
    if (idleMs > mostMs) this.#fail("idle-is-closed", `a connection is used again after ${idleMs} ms of ${mostMs}`);
  }

  /** The answer is due. */
  #start(): void {
    const serving = this.#serving;
    if (this.#started || serving === undefined) return;
    this.#started = true;
    const { plan } = serving;
    serving.interimFields = marksOf(this.#marks);
    for (const status of plan.interim) this.#writer.push(interimBytes(status, this.#marks), plan.pieceBytes, 0);
    if (plan.delayMs > 0) this.socket.host.loop.after(plan.delayMs, () => this.#answer(serving));
    else this.#answer(serving);
  }

  get #marks(): { id: number; serving: number; toHead: boolean; got: number } {
    const serving = this.#serving as Serving;
    const { plan } = serving.request;
    return { id: plan.id, serving: serving.index, toHead: plan.method === "HEAD", got: serving.gotBytes };
  }

  #answer(serving: Serving): void {
    if (serving !== this.#serving || this.socket.gone || this.finSent) return;
    const { plan } = serving;
    const { head, body } = answerBytes(plan, this.#marks);
    serving.fields = answerFields(plan, this.#marks);
    const all = new Uint8Array(head.byteLength + body.byteLength);
    all.set(head);
    all.set(body, head.byteLength);
    const cuts = plan.fault !== "none" && plan.faultBytes < all.byteLength;
    const sent = cuts ? all.subarray(0, plan.faultBytes) : all;
    const behind = plan.behind === undefined ? none : unaskedBytes(plan.behind);
    this.#behindBytes = behind.byteLength;
    if (behind.byteLength > 0) this.dirty = true;
    serving.cut = cuts;
    serving.sentBytes = Math.max(0, sent.byteLength - head.byteLength);
    this.#pushed = true;
    serving.silent &&= sent.byteLength === 0;
    this.#headEnd = this.#writer.written + head.byteLength;
    if (sent.byteLength === 0) this.#written();
    else this.#writer.push(Buffer.concat([sent, behind]), plan.pieceBytes, plan.gapMs);
  }

  #written(): void {
    const serving = this.#serving;
    if (serving === undefined || !this.#pushed || !this.#writer.idle || this.finSent || this.aborted) return;
    if (this.#tunnel) return this.#tunnelWritten(serving);
    const { plan } = serving;
    if (serving.complete) return;
    if (serving.cut) {
      if (plan.fault === "fin") this.#endsCut(serving);
      else if (plan.fault === "reset" || plan.fault === "destroy") this.abort(plan.fault);
      return;
    }
    this.answerEnd = this.#writer.written - this.#behindBytes;
    if (plan.flaw !== "none" && (plan.flaw !== "bad-chunk" || hasBody(plan, this.#marks))) return;
    serving.complete = true;
    if (plan.status === 101) return this.#switch(serving);
    if (this.#endsByClose(serving) || plan.later === "close") this.finish();
    this.#rest();
  }

  /** FIN in the middle of an answer: that ends one of unknown length. */
  #endsCut(serving: Serving): void {
    serving.complete = this.#endsByClose(serving) && this.#writer.written >= this.#headEnd;
    this.finish();
  }

  #endsByClose({ plan }: Serving): boolean {
    return plan.framing === "close" && hasBody(plan, this.#marks);
  }

  /** Request and answer are over: what becomes of the connection. */
  #rest(): void {
    const serving = this.#serving;
    if (serving === undefined || !serving.complete || !serving.gotWhole || this.#tunnel) return;
    this.idle = true;
    this.#restMs = this.socket.host.network.queue.nowMs;
    const { later: what, laterMs } = serving.plan;
    if (what === "keep" || what === "close") return;
    const act = (): void => {
      if (this.#serving !== serving || this.socket.gone || this.finSent) return;
      if (what === "fin") this.finish();
      else if (what === "reset") this.abort("reset");
      else {
        this.dirty = true;
        this.#writer.push(unaskedBytes(what), Infinity, 0);
      }
    };
    if (laterMs === 0) act();
    else this.socket.host.loop.after(laterMs, act);
  }

  #switch(serving: Serving): void {
    const { id } = serving.request.plan;
    this.#tunnel = true;
    this.#reader.raw();
    const { bytes, pieceBytes, gapMs } = serving.plan;
    serving.sentBytes = bytes;
    this.#writer.push(patternOf(answerOffset(id), bytes), pieceBytes, gapMs);
    if (bytes === 0) this.#tunnelWritten(serving);
  }

  #tunnelWritten({ plan }: Serving): void {
    if (plan.later === "reset") this.abort("reset");
    else if (plan.later !== "keep") this.finish();
  }

  #fail(invariant: string, what: string): void {
    this.#traffic.fail(invariant, `endpoint ${this.socket.name}: ${what}`);
  }
}

const none: Uint8Array = new Uint8Array();
const nothing: ReadonlySet<string> = new Set<string>();

/** Requests with these are not forwarded, nor any part of them. */
const headFlaws: ReadonlySet<RequestFlaw> = new Set<RequestFlaw>([
  "both-framings",
  "two-lengths",
  "no-host",
  "space-before-colon",
  "bare-line-feed",
  "version",
  "long-target",
  "long-head",
  "expectation",
  "connect",
]);
