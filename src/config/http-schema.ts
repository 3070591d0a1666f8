/** The shape of `http` of a listener: how requests are read, and what endpoints are told of clients. */
import * as v from "valibot";
import type { ForwardingSettings, HttpSettings } from "../core/server/http-settings.ts";
import { anyBodySize, anyDuration, maxBodyText } from "./bounds.ts";
import { cidrPattern, parseCidr } from "./cidr.ts";
import { defaults } from "./defaults.ts";
import { headerValuePattern, parseHeaderValue } from "./http-text.ts";
import { choice, choiceOrOff, flag, integer, isOff, keyText, leaf, text, wrongKind } from "./leaf.ts";
import { mistaken, parsed, quote } from "./mistake.ts";
import { onByDefault } from "./on-by-default.ts";
import { duration, byteRate, size } from "./quantity.ts";
import { parseTrailerName, tokenPattern } from "./token.ts";

/** `http` of a listener. */
export interface HttpEntry {
  readonly headerTimeout: number;
  readonly idleTimeout: number;
  readonly bodyTimeout: number;
  readonly minBodyRate: false | { readonly rate: number; readonly after: number };
  readonly maxRequests: number;
  readonly maxAge: number;
  readonly maxLine: number;
  readonly maxHead: number;
  readonly maxHeaders: number;
  /** 0 is off. */
  readonly maxBody: number;
  readonly trustedProxies: readonly string[];
  readonly forwarding: ForwardingEntry;
  readonly encodedSlashes: HttpSettings["encodedSlashes"];
  readonly mergeSlashes: boolean;
  readonly errorPages: Readonly<Record<string, ErrorPageEntry>>;
  readonly trailers: readonly string[];
}

/** One of `errorPages`: a body, or a file that has it. */
export interface ErrorPageEntry {
  readonly body?: string | undefined;
  readonly file?: string | undefined;
  readonly contentType?: string | undefined;
}

/** `forwarding`: what requests tell endpoints. */
export interface ForwardingEntry {
  readonly xForwarded: boolean;
  readonly forwarded: boolean;
  readonly realIp: boolean;
  /** Empty: off. */
  readonly via: string;
  readonly requestId: ForwardingSettings["requestId"];
  readonly trace: ForwardingSettings["trace"];
}

const maxPages = 100;
const maxTrailers = 32;
const maxProxies = 1000;

const anyLine = { min: 256, max: 1024 * 1024 };

const minBodyRateMap = v.pipe(
  v.strictObject({
    rate: v.optional(
      byteRate("How much of the body must come, on average.", { min: 1, max: 1024 ** 3 }),
      defaults.minBodyRate.rate,
    ),
    after: v.optional(
      duration("How long a body may take its time before it is measured.", { ...anyDuration, min: 0 }),
      defaults.minBodyRate.after,
    ),
  }),
  v.title("minBodyRate"),
  v.description("How fast a request's body must come."),
);

const minBodyRate = onByDefault(
  "How fast a request's body must come, on average; else 408. On with these defaults unless this says `off`.",
  minBodyRateMap,
  { off: "A body may come as slowly as it likes.", example: '{ rate: "1KiB/s" }' },
);

const via = leaf<string>(
  {
    description:
      "The name in `Via`, which shows loops and who else is on the way (RFC 9110 section 7.6.3); `off` sends none.",
    type: ["string", "boolean"],
    pattern: tokenPattern,
  },
  (input) => {
    if (isOff(input)) return parsed("");
    const expected = "off or a name such as geryon";
    if (typeof input !== "string") return wrongKind(input, expected);
    return new RegExp(tokenPattern).test(input) && input.length <= 64
      ? parsed(input)
      : mistaken(`Name ${quote(input)} is not allowed`, expected);
  },
);

const forwarding = v.pipe(
  v.strictObject({
    xForwarded: v.optional(
      flag("`X-Forwarded-For`, `-Proto`, `-Host` and `-Port`. Those of clients are discarded unless they are trusted."),
      defaults.forwarding.xForwarded,
    ),
    forwarded: v.optional(flag("`Forwarded` (RFC 7239)."), defaults.forwarding.forwarded),
    realIp: v.optional(flag("`X-Real-IP`: the client's address."), defaults.forwarding.realIp),
    via: v.optional(via, defaults.forwarding.via),
    requestId: v.optional(
      choiceOrOff("`X-Request-ID`: `keep` a client's, or make one; always `make` one; `off` leaves it alone.", [
        "keep",
        "make",
        "off",
      ]),
      defaults.forwarding.requestId,
    ),
    trace: v.optional(
      choiceOrOff(
        "`traceparent` (W3C Trace Context): `continue` passes a valid one on; `start` also makes one where there is none; `off` leaves it alone.",
        ["continue", "start", "off"],
      ),
      defaults.forwarding.trace,
    ),
  }),
  v.title("forwarding"),
  v.description("What requests tell endpoints of who asked and how."),
);

const statusKey = keyText({ description: "A status from 400 to 599.", pattern: "^[45]\\d\\d$" }, (key) =>
  /^[45]\d\d$/.test(key)
    ? parsed(key)
    : mistaken(`Error page ${quote(key)} is not an error's status`, "a status from 400 to 599"),
);

/** A text of an own answer. */
export function bodyText(description: string) {
  return text({ description, maxLength: maxBodyText }, "text", (input) =>
    input.length > maxBodyText
      ? mistaken(`Text is ${input.length} characters long`, `at most ${maxBodyText}`)
      : parsed(input),
  );
}

/** What the type of a body should be, in words. */
export const contentTypeForm = "a type such as text/plain; charset=utf-8";

/** The type of an own answer's body. */
export function contentType(description: string) {
  return text({ description, pattern: headerValuePattern }, contentTypeForm, parseHeaderValue);
}

const errorPage = v.pipe(
  v.strictObject({
    body: v.optional(bodyText("The body, at most 65536 characters. This or `file` is required.")),
    file: v.optional(
      text(
        {
          description:
            "A file with the body: text in UTF-8, at most 64 KiB. Its path is relative to the config file's folder. It is read together with the config.",
        },
        "the path of a file",
        parsed,
      ),
    ),
    contentType: v.optional(
      contentType(
        `What the body is. Absent: \`${defaults.errorPage.contentType}\`; of a \`file\` what its name ends with, \`.html\`, \`.json\` or \`.txt\`.`,
      ),
    ),
  }),
  v.title("an error page"),
  v.description("The body of own answers with a status."),
);

const http = v.strictObject({
  headerTimeout: v.optional(
    duration("From accept, or the first byte of a request, to the end of its head; else 408.", anyDuration),
    defaults.http.headerTimeout,
  ),
  idleTimeout: v.optional(
    duration("How long a connection may wait for its next request.", anyDuration),
    defaults.http.idleTimeout,
  ),
  bodyTimeout: v.optional(
    duration("How long a body may stand still, in either direction.", anyDuration),
    defaults.http.bodyTimeout,
  ),
  minBodyRate: v.optional(minBodyRate, {}),
  maxRequests: v.optional(
    integer("How many requests a connection may serve.", { min: 1, max: 1_000_000_000 }),
    defaults.http.maxRequests,
  ),
  maxAge: v.optional(duration("How long a connection may serve requests.", anyDuration), defaults.http.maxAge),
  maxLine: v.optional(
    size("Of a request line, else 414, and of each header field, else 431.", anyLine),
    defaults.http.maxLine,
  ),
  maxHead: v.optional(size("Of a whole head, else 431; not less than `maxLine`.", anyLine), defaults.http.maxHead),
  maxHeaders: v.optional(
    integer("Header fields of a request, else 431.", { min: 1, max: 1000 }),
    defaults.http.maxHeaders,
  ),
  maxBody: v.optional(
    size("Of a request's body, else 413. A route may say otherwise. `off` is no limit.", { ...anyBodySize, off: true }),
    defaults.http.maxBody,
  ),
  trustedProxies: v.optional(
    v.pipe(
      v.array(
        text(
          { description: "An address, or a CIDR block.", pattern: cidrPattern },
          "an IP address, or a block such as 10.0.0.0/8",
          parseCidr,
        ),
      ),
      v.maxLength(maxProxies),
      v.description(
        "Addresses and CIDR blocks whose `X-Forwarded-*`, `Forwarded` and `X-Real-IP` are believed; all others' are discarded.",
      ),
    ),
    [],
  ),
  forwarding: v.optional(forwarding, {}),
  encodedSlashes: v.optional(
    choice(
      "A path with `%2f`, `%5c` or `%25` in it: `reject` with 400, or `keep` it as it is, to match and to forward.",
      ["reject", "keep"],
    ),
    defaults.http.encodedSlashes,
  ),
  mergeSlashes: v.optional(flag("`//` in a path counts as `/`."), defaults.http.mergeSlashes),
  errorPages: v.optional(
    v.pipe(
      v.record(statusKey, errorPage),
      v.maxEntries(maxPages),
      v.description(
        "Bodies of own answers by status, such as 503. Without one it is JSON or text, as the client accepts.",
      ),
    ),
    {},
  ),
  trailers: v.optional(
    v.pipe(
      v.array(
        text(
          { description: "The name of a trailer field.", pattern: tokenPattern },
          "the name of a header",
          parseTrailerName,
        ),
      ),
      v.maxLength(maxTrailers),
      v.description("Which trailer fields are passed on, such as `grpc-status`; all others are dropped."),
    ),
    [],
  ),
});

/** The schema of `http` of a listener. */
export const httpSchema = v.pipe(
  http,
  v.title("http of a listener"),
  v.description(
    "How requests are read, and what endpoints are told of clients. Only with the protocols `http` and `auto`.",
  ),
);
