import { isPattern } from "../../src/cli/load/pattern.ts";
import type { CloseReason, SocketHandler } from "../../src/core/runtime/socket.ts";
import { answerOffset, patternOf, requestBytes, requestOffset, tunnelProtocol } from "./http-bytes.ts";
import type { HttpClientPlan } from "./http-plan.ts";
import type { RequestRun } from "./http-runs.ts";
import type { HttpTraffic } from "./http-traffic.ts";
import { type BodyShape, type MessageEvents, type MessageHead, MessageReader } from "./message-reader.ts";
import { answerAtClient, ownAnswerAtClient, trailersOf } from "./model-heads.ts";
import { differences } from "./model-values.ts";
import { PacedWriter } from "./paced-writer.ts";
import type { SimSocket } from "./sim-socket.ts";

/** So often a slow reader stops, and no more: a test shall end. */
const maxStalls = 12;

/** A client with its one connection: sends its requests, and checks each answer and the end. */
export class HttpClient implements SocketHandler, MessageEvents {
  readonly plan: HttpClientPlan;
  readonly socket: SimSocket;
  readonly runs: readonly RequestRun[];
  aborted = false;
  /** It was too slow to be taken for one of HTTP. */
  strayed = false;
  finSent = false;
  endSeen = false;
  closeReason: CloseReason | undefined = undefined;
  /** The proxy has said that it ends the connection after an answer, and that answer is whole. */
  told = false;
  readonly #traffic: HttpTraffic;
  readonly #reader: MessageReader;
  readonly #writer: PacedWriter;
  /** The first request that has not begun. */
  #next = 0;
  /** The first request without a whole answer. */
  #first = 0;
  #gap = false;
  #interim = false;
  #closes = false;
  #chunked = false;
  /** Its body waits to be asked for. */
  #held: { readonly run: RequestRun; readonly body: Uint8Array } | undefined = undefined;
  #tunnel = false;
  /** Where its tunnel begins in what it sends. */
  #tunnelStart = 0;
  #readSinceStall = 0;
  #stalls = 0;

  constructor(traffic: HttpTraffic, plan: HttpClientPlan, socket: SimSocket, runs: readonly RequestRun[]) {
    this.#traffic = traffic;
    this.plan = plan;
    this.socket = socket;
    this.runs = runs;
    this.#reader = new MessageReader(this);
    this.#writer = new PacedWriter(socket, () => this.#written());
    socket.handler = this;
  }

  start(): void {
    this.#go();
    this.socket.resume();
  }

  /** Neither a fault nor the client itself has cut the connection. */
  get clean(): boolean {
    return !this.aborted && !this.socket.disturbed;
  }

  /** What it has sent through its tunnel. */
  get tunnelBytes(): number {
    return this.#tunnel ? this.#writer.written - this.#tunnelStart : 0;
  }

  /** The request whose answer comes next. */
  get first(): RequestRun | undefined {
    return this.#first < this.#next ? this.runs[this.#first] : undefined;
  }

  abort(how: "reset" | "destroy"): void {
    if (this.socket.gone) return;
    this.aborted = true;
    this.#writer.stop();
    this.socket[how]();
  }

  finish(): void {
    if (this.finSent || this.aborted) return;
    this.finSent = true;
    this.socket.end();
  }

  onData(bytes: Uint8Array): void {
    this.#reader.feed(bytes);
    this.#stallAfter(bytes.byteLength);
    this.#go();
  }

  onDrain(): void {
    this.#writer.drained();
    this.#go();
  }

  onEnd(): void {
    this.endSeen = true;
    if (!this.socket.orphaned) this.#checkEnd();
    this.#writer.stop();
    if (this.plan.end !== "hold" || this.told) this.finish();
  }

  onClose(reason: CloseReason): void {
    this.closeReason = reason;
    this.#writer.stop();
  }

  onHead(head: MessageHead): BodyShape {
    const { fields } = head;
    const match = /^HTTP\/1\.1 ([1-5][0-9][0-9]) [\x20-\x7e]*$/.exec(head.line);
    const run = this.first;
    if (match === null || run === undefined || this.told) {
      this.#fail("answer-asked-for", `${this.told ? "after the last answer" : "unasked"}: ${head.line}`);
      return "none";
    }
    const status = Number(match[1]);
    this.#checkMarks(run, status, fields);
    this.#interim = status < 200 && status !== 101;
    this.#chunked = fields.has("transfer-encoding");
    this.#checkFields(run, status, fields);
    if (this.#interim) {
      if (run.plan.minorVersion === 0) this.#fail("interim-answers", `${status} for HTTP/1.0`);
      if (status === 100 && this.#held?.run === run) this.#goOn();
      return "none";
    }
    run.status = status;
    if (status === 101) return this.#switch(run, fields);
    return this.#shape(run, status, fields);
  }

  onBody(bytes: Uint8Array): void {
    const run = this.first;
    if (run === undefined) return;
    const { serving } = run;
    if (serving !== undefined && !isPattern(answerOffset(run.plan.id) + run.bodyBytes, bytes))
      this.#fail(
        "right-answer",
        `${bytes.byteLength} bytes from ${run.bodyBytes} on are not of the answer to ${run.plan.id}`,
      );
    run.bodyBytes += bytes.byteLength;
    if (serving !== undefined && run.bodyBytes > serving.plan.bytes)
      this.#fail("right-answer", `${run.bodyBytes} bytes answer ${run.plan.id}, which are too many`);
    if (this.#tunnel) this.#endTunnel();
  }

  onMessageEnd(trailers: readonly string[]): void {
    const run = this.first;
    if (this.#interim || run === undefined || this.#tunnel) return;
    const { plan } = run.serving ?? {};
    const passed = this.#chunked && plan?.framing === "chunked";
    const wanted = passed ? trailersOf(this.#traffic.asked(run).http, plan.extra) : [];
    if (trailers.join("\n") !== wanted.join("\n"))
      this.#fail("trailers-allowed", `the answer to ${run.plan.id} has ${String(trailers)}, and not ${String(wanted)}`);
    run.answered = true;
    this.#checkWhole(run);
    this.#first++;
    if (this.#closes) {
      this.told = true;
      this.#stopAsking();
    } else if (this.#held?.run === run) this.#goOn();
    this.#pauseBetween();
  }

  onFault(what: string): void {
    this.#fail("answer-well-formed", what);
  }

  /** Whose answer it is. */
  #checkMarks(run: RequestRun, status: number, fields: MessageHead["fields"]): void {
    const id = fields.get("x-id")?.[0];
    run.serving = undefined;
    if (id === undefined || (id === "0" && this.#traffic.isPoisoned(run))) return;
    const serving = this.#traffic.servings[Number(fields.get("x-serving")?.[0])];
    if (id !== String(run.plan.id) || serving?.request !== run) {
      this.#fail("right-answer", `request ${run.plan.id} gets the answer to ${id}`);
      return;
    }
    if (status >= 200 && status !== serving.plan.status)
      this.#fail("right-answer", `request ${run.plan.id} gets ${status}, and its endpoint said ${serving.plan.status}`);
    if (status >= 200 || status === 101) run.serving = serving;
  }

  /** All fields but those that say how the answer ends, which its reader checks. */
  #checkFields(run: RequestRun, status: number, fields: MessageHead["fields"]): void {
    const [id] = fields.get("x-id") ?? [];
    // What no request was answered with.
    if (id === "0") return;
    const asked = this.#traffic.asked(run);
    const serving = this.#traffic.servings[Number(fields.get("x-serving")?.[0])];
    const sent = (status < 200 && status !== 101 ? serving?.interimFields : serving?.fields) ?? [];
    const wanted =
      id === undefined
        ? rulings(status).map((isRuled) => ownAnswerAtClient(asked, status, isRuled, run.drawn))
        : [answerAtClient(asked, status, sent, run.drawn)];
    const different = wanted.map((one) => differences(fields, one, framingFields));
    if (!different.includes("")) this.#fail("answer-intact", `of the answer to ${run.plan.id} ${different[0]}`);
  }

  #shape(run: RequestRun, status: number, fields: MessageHead["fields"]): BodyShape {
    const { method, minorVersion } = run.plan;
    const connection = fields.get("connection")?.join(", ") ?? "";
    const chunked = fields.has("transfer-encoding");
    if (chunked && (minorVersion === 0 || fields.get("transfer-encoding")?.[0] !== "chunked"))
      this.#fail("answer-well-formed", `the coding of the answer to ${run.plan.id}`);
    this.#closes = connection === "close" || (minorVersion === 0 && connection !== "keep-alive");
    // Of a head that did not come in time the proxy does not know that it asks for none.
    const tooLate = status === 408 && (this.socket.other?.toldBytes ?? 0) < run.headEnd;
    if ((method === "HEAD" && !tooLate) || status === 204 || status === 304) return "none";
    if (chunked) return "chunked";
    const length = fields.get("content-length")?.[0];
    if (length === undefined && !this.#closes)
      this.#fail("answer-well-formed", `the answer to ${run.plan.id} ends with a connection that goes on`);
    return length === undefined ? "close" : Number(length);
  }

  #checkWhole({ plan, serving, bodyBytes, status }: RequestRun): void {
    if (serving === undefined) return;
    if (!serving.complete)
      this.#fail("whole-is-whole", `the answer to ${plan.id} looks whole, and its endpoint cut it`);
    const none = plan.method === "HEAD" || status === 204 || status === 304;
    const bytes = none ? 0 : serving.cut ? Math.min(bodyBytes, serving.sentBytes) : serving.plan.bytes;
    if (bodyBytes !== bytes)
      this.#fail("whole-is-whole", `the answer to ${plan.id} looks whole with ${bodyBytes} bytes of ${bytes}`);
  }

  /** FIN from the proxy. */
  #checkEnd(): void {
    const run = this.first;
    if (this.#tunnel) {
      const serving = run?.serving;
      if (serving === undefined || serving.cut || run === undefined) return;
      if (run.bodyBytes !== serving.sentBytes)
        this.#fail("truncated", `FIN in a tunnel after ${run.bodyBytes} bytes of ${serving.sentBytes}`);
      return;
    }
    if (this.#reader.finish() || this.told) return;
    if (this.#reader.inMessage && !this.#interim)
      this.#fail("cut-is-reset", `FIN in the middle of the answer to ${run?.plan.id}`);
    const read = this.socket.other?.toldBytesAtEnd ?? 0;
    if (run !== undefined && read >= run.headEnd && !this.strayed)
      this.#fail("each-is-answered", `FIN, and ${run.plan.id} has no answer`);
  }

  #switch(run: RequestRun, fields: MessageHead["fields"]): BodyShape {
    if (!run.plan.upgrade || fields.get("upgrade")?.[0] !== tunnelProtocol || run.serving === undefined) {
      this.#fail("tunnel-asked-for", `request ${run.plan.id} gets 101`);
      return "none";
    }
    this.#tunnel = true;
    const { pieceBytes, gapMs, body, id } = run.plan;
    this.#tunnelStart = this.#writer.written;
    if (!this.finSent) this.#writer.push(patternOf(requestOffset(id), body.bytes), pieceBytes, gapMs);
    this.#endTunnel();
    return "raw";
  }

  #endTunnel(): void {
    const run = this.first;
    if (run?.serving === undefined || !this.#writer.idle || run.bodyBytes < run.serving.plan.bytes) return;
    if (this.plan.end === "reset") this.abort("reset");
    else if (this.plan.end !== "hold") this.finish();
  }

  #go(): void {
    if (this.aborted || this.finSent || this.closeReason !== undefined || this.#tunnel) return;
    while (this.#mayBegin) this.#begin();
    this.#endIfDone();
  }

  get #mayBegin(): boolean {
    return (
      this.#next < this.runs.length &&
      this.#next - this.#first < this.plan.ahead &&
      this.#writer.idle &&
      this.#held === undefined &&
      !this.#gap &&
      !this.#closes &&
      !this.endSeen &&
      !this.aborted
    );
  }

  #begin(): void {
    const run = this.runs[this.#next++];
    if (run === undefined) return;
    const { plan } = run;
    const { head, body } = requestBytes(plan);
    run.begun = true;
    run.headEnd = this.#writer.written + head.byteLength;
    run.end = run.headEnd + body.byteLength;
    if (!plan.expects || body.byteLength === 0) {
      const all = new Uint8Array(head.byteLength + body.byteLength);
      all.set(head);
      all.set(body, head.byteLength);
      this.#writer.push(all, plan.pieceBytes, plan.gapMs);
      return;
    }
    this.#held = { run, body };
    this.#writer.push(head, plan.pieceBytes, plan.gapMs);
    this.socket.host.loop.after(plan.bodyDelayMs, () => {
      if (this.#held?.run === run) this.#goOn();
    });
  }

  /** Sends the body that was held back. */
  #goOn(): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#held = undefined;
    this.#writer.push(held.body, held.run.plan.pieceBytes, held.run.plan.gapMs);
  }

  /** No further request is sent, nor the rest of one. */
  #stopAsking(): void {
    this.#held = undefined;
    this.#writer.stop();
    if (this.plan.end !== "hold") this.finish();
  }

  #pauseBetween(): void {
    if (this.plan.gapMs === 0) return;
    this.#gap = true;
    this.socket.host.loop.after(this.plan.gapMs, () => {
      this.#gap = false;
      this.#go();
    });
  }

  #written(): void {
    const { end, abortAfterBytes } = this.plan;
    const last = this.runs[this.#next - 1];
    if (last !== undefined && this.#writer.idle && this.#held === undefined) last.whole = true;
    if ((end === "reset" || end === "destroy") && this.#writer.written >= abortAfterBytes) return this.abort(end);
    if (this.#tunnel) this.#endTunnel();
    else this.#go();
  }

  #endIfDone(): void {
    if (this.aborted || this.#next < this.runs.length || !this.#writer.idle || this.#held !== undefined) return;
    const { end } = this.plan;
    if (end === "fin") return this.finish();
    if (this.#first < this.runs.length) return;
    if (end === "last") this.finish();
    else if (end !== "hold") this.abort(end);
  }

  #stallAfter(bytes: number): void {
    const { stallBytes, stallMs } = this.plan;
    if (stallBytes === 0 || this.#stalls >= maxStalls) return;
    this.#readSinceStall += bytes;
    if (this.#readSinceStall < stallBytes) return;
    this.#readSinceStall = 0;
    this.#stalls++;
    this.socket.pause();
    this.socket.host.loop.after(stallMs, () => this.socket.resume());
  }

  #fail(invariant: string, what: string): void {
    this.#traffic.fail(invariant, `client ${this.plan.id}: ${what}`);
  }
}

const framingFields: ReadonlySet<string> = new Set(["connection", "content-length", "transfer-encoding", "upgrade"]);

/** Whether the rules of a route hold for an own answer with such a status: not where the head could not be read. Both: who knows. */
function rulings(status: number): readonly boolean[] {
  if (status === 400 || status === 408) return [true, false];
  return [![414, 417, 431, 501, 505].includes(status)];
}
