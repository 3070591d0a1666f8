/**
 * What a proxy did with a case, in words that fit any proxy. `refused`: nothing whole was passed on. `canonical`: what was
 * passed on means one thing to every reader. `ambiguous`: it is framed well, but readers may differ on what it says, or
 * believe what they must not. `dangerous`: readers may differ on where it ends, or there was more of it than there may be.
 */
import type { Case } from "./case.ts";
import { hasNoBody, joinChunks, type Message, statusOf, values } from "./reader.ts";
import type { Observation } from "./runner.ts";

/** What a proxy did. */
export type VerdictName = "refused" | "canonical" | "ambiguous" | "dangerous";

/** With the reasons why that is bad; none when it is not. */
export interface Verdict {
  readonly verdict: VerdictName;
  readonly reasons: readonly string[];
}

/** What was found wrong. */
interface Findings {
  readonly ambiguous: Set<string>;
  readonly dangerous: Set<string>;
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Judges what both ends of a proxy saw. */
export function judge(one: Case, saw: Observation): Verdict {
  const found: Findings = { ambiguous: new Set(), dangerous: new Set() };
  const aboutAnswer = one.aboutAnswer === true;
  for (const message of saw.messages) judgeRequest(message, found);
  const most = Math.max(1, one.expect.origin.length, one.permits ?? 0);
  if (saw.messages.length > most) found.dangerous.add(`${saw.messages.length} requests of ${most}`);
  if (saw.probe !== "") found.dangerous.add("connections to the origin are out of step");
  const passed = aboutAnswer ? judgeAnswers(one, saw, found) : saw.messages.length > 0;
  const bytes = aboutAnswer ? saw.received : saw.messages.map(joinChunks).join("");
  if (passed && one.danger?.pattern.test(bytes) === true) found.ambiguous.add(one.danger.what);
  const reasons = [...found.dangerous, ...found.ambiguous];
  if (found.dangerous.size > 0) return { verdict: "dangerous", reasons };
  if (found.ambiguous.size > 0) return { verdict: "ambiguous", reasons };
  return { verdict: passed ? "canonical" : "refused", reasons };
}

/** Returns whether an answer of the origin was passed on. */
function judgeAnswers(one: Case, saw: Observation, found: Findings): boolean {
  const { answers } = one.expect;
  if (saw.replies.length > answers.length) found.dangerous.add(`${saw.replies.length} answers of ${answers.length}`);
  let passed = false;
  for (const [index, { status, message }] of saw.replies.entries()) {
    if (status >= 500 && status <= 504) continue;
    passed = true;
    judgeAnswer(message, one.methods?.[index], found);
    // HTTP/1.0 without a length: only a reset tells the truth.
    const cut = answers[index]?.truncated === true;
    if (cut && message.whole && !saw.reset) found.dangerous.add("a truncated answer looks whole");
  }
  return passed;
}

function judgeRequest(message: Message, found: Findings): void {
  judgeHead(message, found, false);
  const { startLine, fields } = message;
  const [, method = "", target = "", minor = ""] = /^(\S+) (\S+) HTTP\/1\.([01])$/.exec(startLine) ?? [];
  if (!token.test(method)) found.dangerous.add("a malformed request line");
  const path = target.replace(/^[a-z]+:\/\/[^/?]*/i, "").replace(/\?.*/s, "");
  const hosts = values(fields, "host");
  const validHost = /^(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i;
  for (const [what, is] of [
    ["characters in the target that are none of a URI", !/^[\x21-\x7e]*$/.test(target)],
    ["# in the target", target.includes("#")],
    ["dot segments in the path", /(?:^|[/\\])(?:\.|%2e){1,2}(?=$|[/\\;]|%3b)/i.test(path)],
    ["NUL in the path", path.includes("%00")],
    ["escaped slashes or percent signs in the path", /%2f|%5c|%25|\\/i.test(path)],
    ["broken escapes in the path", /%(?![0-9a-f]{2})/i.test(path)],
    ["overlong UTF-8 in the path", /%c0%|%c1%|%e0%[89]/i.test(path)],
    ["two Host", hosts.length > 1],
    ["no Host", hosts.length === 0 && minor === "1"],
    ["an invalid Host", hosts.some((host) => !validHost.test(host))],
  ] as const) {
    if (is) found.ambiguous.add(what);
  }
  const coded = values(fields, "transfer-encoding").length > 0;
  if (minor === "0" && coded) found.dangerous.add("Transfer-Encoding in HTTP/1.0");
}

function judgeAnswer(message: Message, method: string | undefined, found: Findings): void {
  const { startLine } = message;
  judgeHead(message, found, hasNoBody(statusOf(startLine), method));
  if (!startLine.startsWith("HTTP/1.")) found.dangerous.add("bytes that are no answer");
  else if (!/^HTTP\/1\.[01] [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?$/.test(startLine)) {
    found.ambiguous.add("a malformed status line");
  }
}

/** What both kinds of messages can have. */
function judgeHead(message: Message, { ambiguous, dangerous }: Findings, bodiless: boolean): void {
  const end = message.bytes.indexOf("\r\n\r\n");
  const head = end < 0 ? message.bytes : message.bytes.slice(0, end);
  const lines = head.split("\r\n");
  if (end < 0 || lines.some((line) => line.includes("\n"))) dangerous.add("bare LF");
  if (lines.some((line) => line.includes("\r"))) dangerous.add("bare CR");
  for (const line of lines.slice(1)) {
    const name = line.split(":", 1)[0] ?? "";
    if (/^[ \t]/.test(line)) dangerous.add("a folded field");
    else if (!line.includes(":")) dangerous.add("a field without colon");
    else if (name === "") dangerous.add("an empty name");
    else if (/^\S+[ \t]+$/.test(name)) dangerous.add("white space before a colon");
    else if (!token.test(name)) dangerous.add("a name that is no token");
    const value = line.slice(name.length);
    if (value.includes("\0")) dangerous.add("NUL in a value");
    // oxlint-disable-next-line no-control-regex -- they are what is looked for
    else if (/[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(value)) ambiguous.add("control characters in a value");
  }
  const lengths = values(message.fields, "content-length");
  const codings = values(message.fields, "transfer-encoding");
  if (lengths.length > 0 && codings.length > 0) dangerous.add("Content-Length and Transfer-Encoding");
  if (lengths.length > 1) dangerous.add("two Content-Length");
  if (lengths.some((length) => !/^\d{1,15}$/.test(length))) dangerous.add("an invalid Content-Length");
  if (codings.length > 1) dangerous.add("two Transfer-Encoding");
  if (codings.some((coding) => coding.toLowerCase() !== "chunked")) dangerous.add("an unclear Transfer-Encoding");
  if (codings.length === 1 && !bodiless && message.whole) judgeChunks(message, dangerous);
}

function judgeChunks(message: Message, dangerous: Set<string>): void {
  const joined = joinChunks(message);
  const body = joined.slice(joined.indexOf("\r\n\r\n") + 4);
  const first = /^(?:([0-9a-f]+)\r\n)?/.exec(body);
  const size = Number.parseInt(first?.[1] ?? "", 16);
  const last = size === 0 ? body : body.slice((first?.[0].length ?? 0) + size + 2);
  if (!last.startsWith("0\r\n")) {
    dangerous.add("chunks that are framed in another way");
    return;
  }
  const trailers = last.slice(3, -2);
  if (/^(?:content-length|transfer-encoding|host|authorization|x-forwarded-\w+|set-cookie):/im.test(trailers)) {
    dangerous.add("trailers that frame, route or authorise");
  } else if (!/^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[^\r\n\0]*\r\n)*$/.test(trailers)) {
    dangerous.add("malformed trailers");
  }
}
