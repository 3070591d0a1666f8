/**
 * Plays a case against a proxy, whichever it is, and tells what both ends saw. A case ends when the proxy has ended the
 * client's connection, or when the expected answers have come and a sentinel, one more request on the same connection, has
 * got the sentinel's own answer: so nothing is out of step. A probe on a new connection does the same for the proxy's
 * connections to the origin.
 */
import { type Answer, type Case, fin } from "./case.ts";
import type { Changes } from "./changes.ts";
import { Client, type Reply, type Target } from "./client.ts";
import type { ScriptedOrigin } from "./origin.ts";
import { joinChunks, values, type Message } from "./reader.ts";

/** What both ends saw. */
export interface Observation {
  readonly replies: readonly Reply[];
  /** All bytes that the client got. */
  readonly received: string;
  /** The proxy ended the client's connection. */
  readonly closed: boolean;
  /** It did so with RST. */
  readonly reset: boolean;
  /** The last answer had said so. */
  readonly saidClose: boolean;
  /** The whole requests that the origin saw. */
  readonly messages: readonly Message[];
  /** Beginnings of requests that the origin saw. */
  readonly unfinished: readonly string[];
  /** Connections with such a beginning were ended. */
  readonly unfinishedEnded: boolean;
  readonly tunnelled: string;
  /** What did not come in time; empty when all did. */
  readonly waitedFor: string;
  /** What was wrong with the probe; empty when nothing was. */
  readonly probe: string;
}

/** Where a case is played. */
export interface Scene {
  readonly target: Target;
  readonly origin: ScriptedOrigin;
  readonly changes: Changes;
  /** How long anything may take. It is an error of the proxy's when it is over, for whoever expects an end. */
  readonly patienceMs: number;
}

let ownRequests = 0;

/** Plays a case. */
export async function play(scene: Scene, one: Case): Promise<Observation> {
  const { origin, changes } = scene;
  origin.begin(one.origin ?? []);
  const deadlineMs = performance.now() + scene.patienceMs;
  const client = await Client.open(scene.target, changes, one.methods);
  const waitedFor = await playSteps(scene, one, client, deadlineMs);
  const { replies, closed } = { replies: withoutSentinel(client.replies), closed: client.over };
  const observation = {
    replies,
    received: client.received,
    closed,
    reset: client.failed !== "",
    saidClose: client.saidClose,
    waitedFor,
  };
  client.close();
  const unfinishedEnded = await changes.until(() => origin.unfinishedEnded, deadlineMs);
  const { messages, unfinished, tunnelled } = origin;
  const probe = await probeOrigin(scene);
  origin.forgetEnded(probe !== "" || waitedFor !== "");
  return { ...observation, messages, unfinished, unfinishedEnded, tunnelled, probe };
}

/** Returns what did not come; empty when all did. */
async function playSteps(scene: Scene, one: Case, client: Client, deadlineMs: number): Promise<string> {
  const { origin, changes } = scene;
  for (const step of one.send) {
    if (client.over) break;
    if (step === fin) client.end();
    else if (typeof step === "string") client.write(step);
    else {
      const seen = (): boolean => (step.side === "client" ? client.received : origin.received).includes(step.sees);
      if (await changes.until(() => seen() || client.over, deadlineMs)) continue;
      return `the ${step.side} to see ${JSON.stringify(step.sees)}`;
    }
  }
  const { answers } = one.expect;
  const came = await changes.until(() => client.over || client.wholeReplies >= answers.length, deadlineMs);
  if (!came) return `answer ${client.wholeReplies + 1}`;
  if (client.over) return "";
  if (client.saidClose || one.quiet === true || one.send.includes(fin) || answers.at(-1)?.truncated === true) {
    return (await changes.until(() => client.over, deadlineMs)) ? "" : "the end of the connection";
  }
  const sentinel = `/sentinel-${++ownRequests}`;
  const { length } = client.replies;
  for (let index = client.methods.length; index < length; index++) client.methods.push("GET");
  client.write(`GET ${sentinel} HTTP/1.1\r\nHost: a.test\r\n\r\n`);
  const answered = (): boolean => client.replies.some((reply) => reply.message.body === sentinel);
  return (await changes.until(() => client.over || answered(), deadlineMs)) ? "" : "the sentinel's answer";
}

function withoutSentinel(replies: readonly Reply[]): Reply[] {
  return replies.filter((reply) => !/^\/sentinel-\d+$/.test(reply.message.body));
}

/** One more request on a connection of its own. */
async function probeOrigin(scene: Scene): Promise<string> {
  const deadlineMs = performance.now() + scene.patienceMs;
  const target = `/probe-${++ownRequests}`;
  const client = await Client.open(scene.target, scene.changes);
  client.write(`GET ${target} HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`);
  await scene.changes.until(() => client.over || client.wholeReplies > 0, deadlineMs);
  const [reply] = client.replies;
  client.close();
  if (reply === undefined) return "the probe got no answer";
  if (reply.status === 200 && reply.message.body === target && reply.message.whole) return "";
  return `the probe got ${JSON.stringify(client.received)}`;
}

/** What is not as the case expects; empty when all is. `port` is the proxy's: `$PORT` stands for it. */
export function mistakes(one: Case, saw: Observation, port: number): string[] {
  const { expect } = one;
  const origin = expect.origin.map((message) => message.replaceAll("$PORT", String(port)));
  const found: string[] = [];
  const wrong = (condition: boolean, text: string): void => {
    if (condition) found.push(text);
  };
  wrong(saw.waitedFor !== "", `waited in vain for ${saw.waitedFor}`);
  if (expect.orCut !== true || !wasCut(saw)) found.push(...wrongAnswers(one, saw));
  const messages = saw.messages.map(joinChunks);
  wrong(
    JSON.stringify(messages) !== JSON.stringify(origin),
    `the origin saw ${JSON.stringify(messages)}, not ${JSON.stringify(origin)}`,
  );
  for (const begun of saw.unfinished) {
    const fits = expect.begun !== undefined && expect.begun.startsWith(begun.slice(0, headLength(begun)));
    wrong(!fits, `the origin saw the beginning of a request: ${JSON.stringify(begun)}`);
  }
  wrong(!saw.unfinishedEnded, "the origin's connection with an unfinished request was not ended");
  wrong(saw.tunnelled !== (expect.tunnel ?? ""), `the tunnel brought ${JSON.stringify(saw.tunnelled)}`);
  wrong(saw.probe !== "", saw.probe);
  return found;
}

/** It was ended, and what came of the last answer does not look whole. */
function wasCut({ closed, replies }: Observation): boolean {
  return closed && replies.at(-1)?.message.whole !== true;
}

function wrongAnswers({ expect, quiet, send }: Case, saw: Observation): string[] {
  const found: string[] = [];
  const { answers, closed } = expect;
  if (saw.replies.length !== answers.length) {
    const received = JSON.stringify(saw.received.slice(0, 2000));
    found.push(`${answers.length} answers expected, not ${saw.replies.length}: ${received}`);
  }
  for (const [index, answer] of answers.entries()) {
    const reply = saw.replies[index];
    if (reply !== undefined) found.push(...wrongAnswer(answer, reply).map((text) => `answer ${index + 1}: ${text}`));
  }
  if (saw.closed && !closed) found.push("the connection was closed");
  if (!saw.closed && closed) found.push("the connection was not closed");
  const last = answers.at(-1);
  const silent = quiet === true || send.includes(fin) || last === undefined || last.truncated === true;
  if (closed && saw.closed && !silent && last.status !== 101 && !saw.saidClose) {
    found.push("the connection was closed without `Connection: close`");
  }
  return found;
}

/** Of the head, with the empty line; all when it has no end. */
function headLength(text: string): number {
  const end = text.indexOf("\r\n\r\n");
  return end < 0 ? text.length : end + 4;
}

function wrongAnswer(answer: Answer, { status, message, interim }: Reply): string[] {
  const found: string[] = [];
  const allowed = typeof answer.status === "number" ? [answer.status] : answer.status;
  if (!allowed.includes(status)) found.push(`status ${status}, not ${allowed.join(" or ")}`);
  if (answer.body !== undefined && message.body !== answer.body) found.push(`body ${JSON.stringify(message.body)}`);
  const lines = message.bytes.split("\r\n");
  for (const line of answer.has ?? [])
    if (!lines.includes(line)) found.push(`no ${line} in ${JSON.stringify(message.bytes)}`);
  for (const name of answer.lacks ?? []) {
    if (values(message.fields, name).length > 0) found.push(`a field ${name} in ${JSON.stringify(message.bytes)}`);
  }
  if (answer.interim !== "any" && interim.join(" ") !== (answer.interim ?? []).join(" "))
    found.push(`interim answers [${interim.join(" ")}]`);
  if (message.whole && answer.truncated === true) found.push("it looks whole");
  if (!message.whole && answer.truncated !== true) found.push("it is not whole");
  return found;
}
