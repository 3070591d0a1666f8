/** Requests as fast-check makes them: what each says, and one of the ways to write it; and mutations of what is written. */
import fc from "fast-check";

/** A request, and its text. */
export interface Generated {
  readonly text: string;
  readonly start: string;
  /** Names in lower case. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly framing: string;
  readonly body: string;
  readonly authority: string;
}

const characters = (from: string): fc.Arbitrary<string> => fc.constantFrom(...Array.from(from));
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const digits = "0123456789";
const tokenCharacter = characters(`${letters}${digits}!#$%&'*+-.^\`|~`);
const token = fc.string({ unit: tokenCharacter, minLength: 1, maxLength: 12 });
const byte = fc.integer({ min: 0, max: 255 }).map((octet) => String.fromCharCode(octet));
const visible = fc.oneof(
  fc.integer({ min: 0x21, max: 0x7e }).map((octet) => String.fromCharCode(octet)),
  fc.integer({ min: 0x80, max: 0xff }).map((octet) => String.fromCharCode(octet)),
);
const blank = fc.string({ unit: characters(" \t"), maxLength: 3 });

const value = fc
  .array(fc.tuple(visible, fc.oneof({ weight: 5, arbitrary: fc.constant("") }, { weight: 1, arbitrary: blank })), {
    maxLength: 20,
  })
  .map((parts) => parts.map(([octet, white], index) => octet + (index < parts.length - 1 ? white : "")).join(""));

const path = fc
  .array(fc.oneof(characters(`${letters}${digits}-._~!$&'()*+,;=:@/[]|^`), fc.constantFrom("%20", "%2F", "%e2")), {
    maxLength: 20,
  })
  .map((parts) => `/${parts.join("")}`);
const queryCharacter = fc
  .integer({ min: 0x21, max: 0x7e })
  .map((octet) => (octet === 0x23 ? "?" : String.fromCharCode(octet)));
const query = fc.oneof(
  fc.constant(""),
  fc.string({ unit: queryCharacter, maxLength: 20 }).map((text) => `?${text}`),
);
const hostname = fc.constantFrom("a", "a.example", "127.0.0.1", "[::1]", "A-b.c_d~", "localhost:8080", "[1::2]:1");
const method = fc
  .oneof(fc.constantFrom("GET", "POST", "PUT", "OPTIONS", "HEAD", "get"), token)
  .filter((name) => name !== "CONNECT");

/** Names that mean something are added where the message needs them. */
const meaningful = /^(?:host|content-length|transfer-encoding|connection|expect)$/i;
const field = fc.tuple(
  fc
    .oneof(fc.constantFrom("Accept", "cookie", "X-Forwarded-For", "TE", "User-Agent", "date"), token)
    .filter((name) => !meaningful.test(name)),
  value,
);

const anyCase = (text: string): fc.Arbitrary<string> =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) => Array.from(text, (letter, at) => (upper[at] === true ? letter.toUpperCase() : letter)).join(""));

const extension = fc.oneof(
  { weight: 6, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constantFrom(";a", ";a=b", ';a="b\\" c;"', ";a;b=1") },
);
const data = fc.string({ unit: byte, maxLength: 60 });
const chunk = fc.tuple(
  fc.string({ unit: byte, minLength: 1, maxLength: 40 }),
  fc.integer({ min: 0, max: 3 }),
  extension,
);
const trailers = fc.oneof(fc.constant(""), fc.constantFrom("X-Sum: 1\r\n", "a:\r\nb: c\t\r\n", "Host: b\r\n"));

interface Body {
  readonly framing: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  readonly text: string;
}

const noBody: Body = { framing: "none", fields: [], body: "", text: "" };
const sized = fc.tuple(data, fc.integer({ min: 0, max: 2 })).map(([text, zeros]): Body => {
  const length = "0".repeat(zeros) + text.length;
  return { framing: `length ${text.length}`, fields: [["content-length", length]], body: text, text };
});
const chunked = fc
  .tuple(fc.array(chunk, { maxLength: 4 }), trailers, anyCase("chunked"), extension)
  .map(([chunks, last, coding, lastExtension]): Body => {
    const lines = chunks.map(
      ([text, zeros, added]) => `${"0".repeat(zeros)}${text.length.toString(16)}${added}\r\n${text}\r\n`,
    );
    const body = chunks.map(([text]) => text).join("");
    const text = `${lines.join("")}0${lastExtension}\r\n${last}\r\n`;
    return { framing: "chunked", fields: [["transfer-encoding", coding]], body, text };
  });

/** A request that is to be taken. */
export const anyRequest: fc.Arbitrary<Generated> = fc
  .record({
    method,
    path,
    query,
    isAbsolute: fc.boolean(),
    host: hostname,
    minor: fc.constantFrom(0, 1, 1, 1),
    fields: fc.array(field, { maxLength: 6 }),
    body: fc.oneof(fc.constant(noBody), sized, chunked),
    place: fc.nat(),
    emptyLine: fc.constantFrom("", "", "", "\r\n"),
  })
  .filter(({ minor, body }) => minor === 1 || body.framing !== "chunked")
  .chain((request) => {
    const inside = [["host", request.host] as const, ...request.body.fields];
    const cut = request.place % (request.fields.length + 1);
    const all = [...request.fields.slice(0, cut), ...inside, ...request.fields.slice(cut)];
    const written = fc.tuple(...all.map(([name, text]) => fc.tuple(anyCase(name), fc.constant(text), blank, blank)));
    return written.map((lines): Generated => {
      const target = `${request.isAbsolute ? `http://${request.host}` : ""}${request.path}${request.query}`;
      const start = `${request.method} ${target} HTTP/1.${request.minor}`;
      const head = lines.map(([name, text, before, behind]) => `${name}:${before}${text}${behind}\r\n`).join("");
      return {
        text: `${request.emptyLine}${start}\r\n${head}\r\n${request.body.text}`,
        start,
        fields: all.map(([name, text]) => [name.toLowerCase(), text] as const),
        framing: request.body.framing,
        body: request.body.body,
        authority: request.host,
      };
    });
  });

/** What is put in somewhere: octets and pieces that framing is made of, or that others took for it. */
export const pieces: readonly string[] = [
  ...[
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\n\n",
    " ",
    "\t",
    "\0",
    "\x0b",
    "\x0c",
    "\x7f",
    "\x80",
    "\xa0",
    "\xff",
    ":",
    ",",
    ";",
    "=",
  ],
  ...[
    "0",
    "1",
    "5",
    "a",
    "f",
    "g",
    "x",
    "0x",
    "+",
    "-",
    "_",
    "#",
    "%",
    "%0d%0a",
    "/",
    "\\",
    "?",
    "@",
    "*",
    '"',
    "0\r\n\r\n",
  ],
  ...[
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "transfer-encoding:\tchunked",
    "Content-Length: 0\r\n\r\n",
  ],
  ...["Host: b\r\n", "\r\n Content-Length: 3", "GET / HTTP/1.1\r\n", "HTTP/1.0", "HTTP/1.1", ", chunked", "identity, "],
  ...["Connection: content-length\r\n", "Content_Length: 1\r\n", "http://b", "chunked", "Expect: 100-continue\r\n"],
];

/** Puts in, takes out or changes at one place. Numbers choose; they may be any from 0. */
export function mutate(text: string, kind: number, place: number, choice: number): string {
  const at = place % (text.length + 1);
  const piece = pieces[choice % pieces.length] as string;
  switch (kind % 6) {
    case 0:
      return text.slice(0, at) + piece + text.slice(at);
    case 1:
      return text.slice(0, at) + text.slice(at + 1 + (choice % 3));
    case 2:
      return text.slice(0, at) + piece + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + String.fromCharCode(choice % 256) + text.slice(at + 1);
    case 4:
      // A piece of itself again.
      return text.slice(0, at) + text.slice(at, at + 1 + (choice % 30)) + text.slice(at);
    default: {
      // A line again, or gone.
      const lines = text.split("\r\n");
      const line = place % lines.length;
      const count = choice % 2 === 0 ? [] : [lines[line] as string, lines[line] as string];
      return lines.toSpliced(line, 1, ...count).join("\r\n");
    }
  }
}
