/** Pieces of an HTTP request as people write them. What is read here cannot break out of its line. */
import { mistaken, parsed, quote } from "./mistake.ts";
import type { Parsed } from "./mistake.ts";

/** What a request target looks like, for JSON Schema. */
export const pathPattern = '^/[!-"$-~]*$';

/** What a Host header looks like, for JSON Schema. */
export const hostPattern = "^[\\w.-]+(:\\d+)?$|^\\[[\\da-fA-F:.]+\\](:\\d+)?$";

/** What the name of a header looks like (a token of RFC 9110, 5.6.2), for JSON Schema. */
export const headerNamePattern = "^[!#$%&'*+.^_`|~\\w-]+$";

/** What the value of a header looks like, for JSON Schema. */
export const headerValuePattern = "^[!-~]([\\t -~]*[!-~])?$";

/** Reads a request target: a path, and a query if it has one. */
export function parsePath(text: string): Parsed<string> {
  const expected = "a path from the root such as /health";
  const beyond = tooLong("Path", text, maxPathLength);
  if (beyond !== undefined) return beyond;
  const control = controlCharacter("Path", text);
  if (control !== undefined) return control;
  const url = /^https?:\/\/[^/]*(\/.*)?$/i.exec(text);
  if (url !== null) {
    return mistaken(`Path ${quote(text)} is a URL`, expected, `write ${quote(url[1] ?? "/")}; its host is "host"`);
  }
  if (!text.startsWith("/")) {
    return mistaken(`Path ${quote(text)} does not start with "/"`, expected, `write ${quote(`/${text}`)}`);
  }
  if (text.includes(" ")) {
    const encoded = text.replaceAll(" ", "%20");
    return mistaken(`Path ${quote(text)} has a space in it`, expected, `write ${quote(encoded)}`);
  }
  if (text.includes("#")) {
    return mistaken(
      `Path ${quote(text)} has a fragment, which is not sent`,
      expected,
      'leave out what follows the "#"',
    );
  }
  if (new RegExp(pathPattern).test(text)) return parsed(text);
  return mistaken(`Path ${quote(text)} has letters beyond ASCII`, expected, "write them percent-encoded");
}

/** Reads the value of a Host header: a name or an IP address, with or without a port. */
export function parseHostHeader(text: string): Parsed<string> {
  const expected = "a host such as app.example or app.example:8080";
  const beyond = tooLong("Host", text, maxHostLength);
  if (beyond !== undefined) return beyond;
  if (new RegExp(hostPattern).test(text)) return parsed(text);
  const url = /^https?:\/\/([^/]+)/i.exec(text);
  const hint = url === null ? undefined : `write ${quote(url[1] ?? "")}`;
  return mistaken(`${quote(text)} is not a host`, expected, hint);
}

/** Reads a host without a port: a name or an IP address. */
export function parseHostAlone(text: string): Parsed<string> {
  const read = parseHostHeader(text);
  const port = /:\d+$/.exec(text)?.[0];
  if (!read.ok || port === undefined) return read;
  const hint = `write ${quote(text.slice(0, -port.length))}; which port it is, "port" says`;
  return mistaken(`Host ${quote(text)} has a port`, "a host such as app.example", hint);
}

/** What a host without a port looks like, for JSON Schema. */
export const hostAlonePattern = "^[\\w.-]+$|^\\[[\\da-fA-F:.]+\\]$";

/** Reads the name of a header. Those that frame the request are not the user's. */
export function parseHeaderName(text: string): Parsed<string> {
  const expected = "a name of letters, digits and hyphens";
  const lower = text.toLowerCase();
  if (lower === "host") return mistaken(`Header ${quote(text)} has a key of its own`, undefined, 'use "host"');
  if (ownHeaders.has(lower)) {
    return mistaken(`Header ${quote(text)} is not for users to set`, undefined, "remove it: the probe sends its own");
  }
  if (new RegExp(headerNamePattern).test(text)) return parsed(text);
  return mistaken(`Header name ${quote(text)} is not allowed`, expected);
}

/** Reads the value of a header. */
export function parseHeaderValue(text: string): Parsed<string> {
  const beyond = tooLong("Header value", text, maxValueLength);
  if (beyond !== undefined) return beyond;
  const control = controlCharacter("Header value", text);
  if (control !== undefined) return control;
  if (new RegExp(headerValuePattern).test(text)) return parsed(text);
  const expected = "visible ASCII characters, and spaces between them";
  if (text.trim() === "") return mistaken("Header value is empty", expected);
  if (text !== text.trim()) {
    return mistaken(`Header value ${quote(text)} begins or ends with a space`, expected, `write ${quote(text.trim())}`);
  }
  return mistaken(`Header value ${quote(text)} has letters beyond ASCII`, expected);
}

/** What the body of an answer holds: any text that a body's first bytes can. */
export function parseBodyText(text: string): Parsed<string> {
  if (text === "") return mistaken("Value is empty", "text that the body holds", "remove the key to accept any body");
  return tooLong("Text", text, maxBodyLength) ?? parsed(text);
}

const ownHeaders: ReadonlySet<string> = new Set(["connection", "content-length", "transfer-encoding"]);

const maxPathLength = 2048;
const maxHostLength = 255;
const maxValueLength = 1024;
const maxBodyLength = 1024;

function tooLong(what: string, text: string, max: number): ReturnType<typeof mistaken> | undefined {
  return text.length > max ? mistaken(`${what} is ${text.length} characters long`, `at most ${max}`) : undefined;
}

/** A tab is one, too, but in the value of a header it is allowed. */
function controlCharacter(what: string, text: string): ReturnType<typeof mistaken> | undefined {
  return Array.from(text).some((character) => (character < " " && character !== "\t") || character === "\u007f")
    ? mistaken(`${what} ${quote(text)} has a control character in it`, undefined, "leave it out")
    : undefined;
}
