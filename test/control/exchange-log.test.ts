import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { exchangeField, exchangeFieldNames } from "../../src/control/log/exchange-fields.ts";
import { ExchangeJson } from "../../src/control/log/exchange-json.ts";
import { exchangeLog, type ExchangeLogOptions } from "../../src/control/log/exchange-log.ts";
import { escapeText, exchangeVariableNames, templateFormat } from "../../src/control/log/exchange-text.ts";
import { LineWriter } from "../../src/control/log/line-writer.ts";
import { lineFormat } from "../../src/control/log/log.ts";
import type { ExchangeRecord } from "../../src/core/observe/exchange-record.ts";
import { outcomeCodes } from "../../src/core/observe/outcome.ts";
import type { Clock } from "../../src/core/runtime/clock.ts";

const timestampMs = Date.UTC(2026, 10, 1, 2, 3, 4, 56);
const clock: Clock = { now: () => 0, wallTime: () => timestampMs, after: () => ({ cancel() {} }) };

const record: ExchangeRecord = {
  listener: "web",
  route: "api",
  upstream: "api-v1",
  endpoint: { kind: "tcp", host: "127.0.0.1", port: 9001 },
  peer: { kind: "tcp", host: "::1", port: 5000 },
  client: "192.0.2.7",
  method: "GET",
  host: "example.com",
  target: "/a?b=c",
  protocol: "HTTP/1.1",
  userAgent: "curl/8",
  referer: "",
  requestId: "0123456789abcdef-00000001",
  traceId: "",
  status: 200,
  outcome: "ok",
  reason: "",
  attempts: 1,
  reused: true,
  bytesUp: 0,
  bytesDown: 1234,
  queueMs: undefined,
  connectMs: undefined,
  firstByteMs: 1.5,
  durationMs: 2.0004,
};

/** What a log with these options writes of the records. */
function linesOf(
  options: Partial<ExchangeLogOptions>,
  records: readonly ExchangeRecord[],
  draws: number[] = [],
): string {
  let text = "";
  const output = {
    write(): void {},
    writeNow(bytes: Uint8Array): void {
      text += new TextDecoder().decode(bytes);
    },
  };
  const writer = new LineWriter(output, clock);
  const all: ExchangeLogOptions = { format: "json", template: "", colours: false, sample: 1, ...options };
  const random = {
    next(): number {
      const draw = draws.shift();
      assert.ok(draw !== undefined, "it draws more often than expected");
      return draw;
    },
  };
  const log = exchangeLog(all, writer, clock, random);
  for (const one of records) log(one);
  writer.flushNow();
  assert.deepEqual(draws, []);
  return text;
}

const text = fc.string({ unit: "binary", maxLength: 20 });
const address = fc.oneof(
  fc.record({ kind: fc.constant("tcp" as const), host: fc.oneof(fc.ipV4(), fc.ipV6(), text), port: fc.nat(65_535) }),
  fc.record({ kind: fc.constant("unix" as const), path: text }),
);
const ms = fc.double({ min: 0, max: 1e9, noNaN: true });
const optional = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const anyRecord: fc.Arbitrary<ExchangeRecord> = fc.record({
  listener: text,
  route: optional(text),
  upstream: optional(text),
  endpoint: optional(address),
  peer: address,
  client: text,
  method: text,
  host: text,
  target: text,
  protocol: fc.constantFrom("HTTP/1.0", "HTTP/1.1"),
  userAgent: text,
  referer: text,
  requestId: text,
  traceId: text,
  status: fc.integer({ min: 0, max: 599 }),
  outcome: fc.constantFrom(...outcomeCodes),
  reason: text,
  attempts: fc.nat(10),
  reused: fc.boolean(),
  bytesUp: fc.maxSafeNat(),
  bytesDown: fc.maxSafeNat(),
  queueMs: optional(ms),
  connectMs: optional(ms),
  firstByteMs: optional(ms),
  durationMs: ms,
});

describe("the access log of exchanges", () => {
  it("writes JSON that is what JSON.stringify makes of the fields, whatever they are", () => {
    const json = new ExchangeJson();
    const format = lineFormat({ format: "json", colours: false });
    const times = fc.integer({ min: 1_800_000_000_000, max: 1_800_000_003_000 });
    fc.assert(
      fc.property(anyRecord, times, (one, time) => {
        const fields = Object.fromEntries(exchangeFieldNames.map((name) => [name, exchangeField(one, name)]));
        assert.equal(json.line(one, time), format({ timestampMs: time, level: "info", message: "exchange", fields }));
      }),
      { numRuns: 500, seed: 1 },
    );
  });

  it("leaves out of JSON what there is not", () => {
    assert.equal(
      linesOf({}, [record]),
      '{"time":"2026-11-01T02:03:04.056Z","level":"info","msg":"exchange","listener":"web","route":"api","peer":"[::1]:5000",' +
        '"client":"192.0.2.7","upstream":"api-v1","endpoint":"127.0.0.1:9001","method":"GET","host":"example.com","target":"/a?b=c",' +
        '"protocol":"HTTP/1.1","status":200,"outcome":"ok","source":"none","request_id":"0123456789abcdef-00000001",' +
        '"user_agent":"curl/8","attempts":1,"reused":true,"bytes_up":0,"bytes_down":1234,"first_byte_ms":1.5,"duration_ms":2}\n',
    );
  });

  it("writes the Common Log Format and the combined one", () => {
    const start = '192.0.2.7 - - [01/Nov/2026:02:03:04 +0000] "GET /a?b=c HTTP/1.1" 200 1234';
    assert.equal(linesOf({ format: "clf" }, [record]), `${start}\n`);
    assert.equal(linesOf({ format: "combined" }, [record]), `${start} "-" "curl/8"\n`);
    const unread = { ...record, method: "", target: "", status: 0, bytesDown: 0, outcome: "client-reset" as const };
    assert.equal(linesOf({ format: "clf" }, [unread]), '192.0.2.7 - - [01/Nov/2026:02:03:04 +0000] "-" 000 -\n');
  });

  it("writes by a template", () => {
    assert.equal(
      linesOf({ format: "template", template: "{time} {{{status}}} {method} {queue_ms} {duration_ms} {nope} {" }, [
        record,
      ]),
      "2026-11-01T02:03:04.056Z {200} GET - 2 {nope} {\n",
    );
    const every = exchangeVariableNames.map((name) => `{${name}}`).join("\n");
    assert.doesNotMatch(linesOf({ format: "template", template: every }, [record]), /[{}]/);
  });

  it("writes for people", () => {
    const line = linesOf({ format: "pretty" }, [{ ...record, userAgent: "a outcome=b", referer: "\u001b[2J" }]);
    assert.match(line, /^02:03:04\.056 INFO {4}exchange listener=web route=api .* status=200 outcome=ok .*\n$/);
    assert.ok(line.includes(' referer="\\x1B[2J" user_agent="a outcome=b" '), line);
  });

  it("lets nobody write lines or fields of his own into text (CWE-117)", () => {
    assert.equal(escapeText('a"b\\c\r\n\u0000\u007f\u00e9\u2028 ~'), "a\\x22b\\x5Cc\\x0D\\x0A\\x00\\x7F\\xE9\\u2028 ~");
    const template = exchangeVariableNames.map((name) => `"{${name}}"`).join(" ");
    const formats = [{ format: "clf" }, { format: "combined" }, { format: "template", template }] as const;
    const quotes = [2, 6, 2 * exchangeVariableNames.length];
    fc.assert(
      fc.property(anyRecord, fc.nat(2), (one, index) => {
        const line = linesOf(formats[index] ?? {}, [one]);
        assert.match(line, /^[\u0020-\u007e]*\n$/);
        assert.equal(line.split('"').length - 1, quotes[index]);
      }),
      { numRuns: 500, seed: 2 },
    );
    fc.assert(
      fc.property(anyRecord, (one) => {
        // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
        assert.match(linesOf({ format: "pretty" }, [one]), /^[^\u0000-\u001f\u007f-\u009f]*\n$/);
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it("logs a sample of what went well, and all that failed", () => {
    const count = (options: Partial<ExchangeLogOptions>, one: ExchangeRecord, draws: number[]): number =>
      linesOf(options, draws.length === 0 ? [one] : draws.map(() => one), [...draws]).split("\n").length - 1;
    assert.equal(count({ sample: 0.5 }, record, [0.49, 0.5, 0.1, 0.9]), 2);
    assert.equal(count({ sample: 0 }, record, [0]), 0);
    assert.equal(count({ sample: 1 }, record, []), 1);
    assert.equal(count({ sample: 0.5 }, { ...record, status: 404 }, [0.6]), 0);
    assert.equal(count({ sample: 0 }, { ...record, status: 500 }, []), 1);
    assert.equal(count({ sample: 0 }, { ...record, outcome: "client-reset" }, []), 1);
  });

  it("writes a template's literal text as it stands", () => {
    assert.equal(templateFormat("a}}b{{status}} é")(record, 0), "a}b{status} é\n");
  });
});
