/** The shape of `health`. */
import * as v from "valibot";
import type { HttpHealthSettings } from "../core/server/settings.ts";
import { day } from "./bounds.ts";
import { defaults } from "./defaults.ts";
import {
  headerNamePattern,
  headerValuePattern,
  hostPattern,
  parseBodyText,
  parseHeaderName,
  parseHeaderValue,
  parseHostHeader,
  parsePath,
  pathPattern,
} from "./http-text.ts";
import { choice, integer, keyText, leaf, text, wrongKind } from "./leaf.ts";
import { onByDefault } from "./on-by-default.ts";
import { duration } from "./quantity.ts";
import { parseStatuses, statusPattern } from "./statuses.ts";
import type { StatusRange } from "./statuses.ts";

/** `health`: off, or the checks. */
export type HealthEntry = false | HealthMap;

/** How endpoints are probed; the keys of http checks hold their defaults with other types, too. */
export interface HealthMap {
  readonly type: "tcp" | "http";
  readonly path: string;
  readonly method: HttpHealthSettings["method"];
  readonly host?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly statuses: StatusRange | readonly StatusRange[];
  readonly body?: string | undefined;
  readonly port?: number | undefined;
  readonly interval: number;
  readonly fastInterval: number;
  readonly timeout: number;
  readonly rise: number;
  readonly fall: number;
}

/** The keys that only http checks know. */
export const httpKeys = ["path", "method", "host", "headers", "statuses", "body"] as const;

const maxHeaders = 32;
const maxStatuses = 32;

function status(description: string) {
  const expected = "a status such as 204, or a range such as 200-399";
  const form = { description, type: ["string", "integer"], pattern: statusPattern, minimum: 100, maximum: 599 };
  return leaf<StatusRange>(form, (input) => {
    const written = typeof input === "number" ? String(input) : input;
    return typeof written === "string" ? parseStatuses(written) : wrongKind(input, expected);
  });
}

const healthMap = v.pipe(
  v.strictObject({
    type: v.optional(
      choice(
        "How to probe. `tcp`: a probe succeeds when the connection is established. `http`: when a request over HTTP/1.1 is answered as the keys below say, in HTTP as strict as that of `protocol: http`.",
        ["tcp", "http"],
      ),
      defaults.health.type,
    ),
    path: v.optional(
      text(
        { description: "What to ask for, with the query if there is one. Only for `http`.", pattern: pathPattern },
        "a path from the root such as /health",
        parsePath,
      ),
      defaults.health.path,
    ),
    method: v.optional(
      choice("The method of the request. Only for `http`.", ["GET", "HEAD", "OPTIONS", "POST"]),
      defaults.health.method,
    ),
    host: v.optional(
      text(
        {
          description:
            "The Host header. Absent: the endpoint's address, or `localhost` for a unix socket. Only for `http`.",
          pattern: hostPattern,
        },
        "a host such as app.example or app.example:8080",
        parseHostHeader,
      ),
    ),
    headers: v.optional(
      v.pipe(
        v.record(
          keyText({ description: "The name of a header.", pattern: headerNamePattern }, parseHeaderName),
          text(
            { description: "The value of the header.", pattern: headerValuePattern },
            "text in quotes",
            parseHeaderValue,
          ),
        ),
        v.maxEntries(maxHeaders),
        v.description(`More headers of the request by name, at most ${maxHeaders}. Only for \`http\`.`),
      ),
      {},
    ),
    statuses: v.optional(
      v.pipe(
        v.union([
          status("One status or range."),
          v.pipe(
            v.array(status("A status such as `204`, or a range such as `200-399`.")),
            v.minLength(1),
            v.maxLength(maxStatuses),
          ),
        ]),
        v.description("The statuses of a success: one or a range, or a list of them. Only for `http`."),
      ),
      defaults.health.statuses,
    ),
    body: v.optional(
      text(
        {
          description:
            "Text that the body of a success holds in its first 64 KiB, letter for letter. Absent: any body will do. Only for `http`.",
        },
        "text that the body holds",
        parseBodyText,
      ),
    ),
    port: v.optional(
      integer("Probes this port of the endpoint's host. Absent: the endpoint's own port.", { min: 1, max: 65_535 }),
    ),
    interval: v.optional(
      duration("Time from one probe of an endpoint to the next.", { min: 10, max: day }),
      defaults.health.interval,
    ),
    fastInterval: v.optional(
      duration(
        "Takes the place of `interval` while probes contradict the status, which is about to change; not longer than `interval`, and by default no longer than that.",
        { min: 10, max: day },
      ),
      defaults.health.fastInterval,
    ),
    timeout: v.optional(
      duration("How long a probe may take; not longer than `interval`.", { min: 1, max: day }),
      defaults.health.timeout,
    ),
    rise: v.optional(
      integer("Successes in a row that make an unhealthy endpoint healthy.", { min: 1, max: 100 }),
      defaults.health.rise,
    ),
    fall: v.optional(
      integer("Failures in a row that make an endpoint unhealthy.", { min: 1, max: 100 }),
      defaults.health.fall,
    ),
  }),
  v.title("health"),
  v.description("Active health checks of an upstream's endpoints."),
);

/** The schema of `health`. */
export const healthSchema = onByDefault(
  "Active health checks. They are on with these defaults unless this says `off`.",
  healthMap,
  { off: "Endpoints are never probed and count as available.", example: '{ interval: "5s" }' },
);
