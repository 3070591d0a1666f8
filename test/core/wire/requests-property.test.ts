import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { anyRequest, mutate } from "./generate-requests.ts";
import { bytesOf, cut, eachByte, WireReader, type Verdict } from "./read-wire.ts";
import { readReference } from "./reference-reader.ts";

const reader = new WireReader();

/** What two readers can agree on. */
function essence(verdict: Verdict): unknown {
  if (verdict.verdict !== "whole") return verdict;
  const { start, fields, framing, body, at } = verdict;
  return { start, fields, framing, body, length: at };
}

describe("requests, as generated", () => {
  it("any valid message, in any pieces, is read as what was written", () => {
    fc.assert(
      fc.property(
        anyRequest,
        fc.array(fc.nat({ max: 2000 }), { maxLength: 12 }),
        fc.boolean(),
        (request, cuts, more) => {
          const bytes = bytesOf(request.text + (more ? "GET /next HTTP/1.1\r\n" : ""));
          for (const pieces of [[bytes], cut(bytes, cuts), eachByte(bytes)]) {
            const verdict = reader.request(pieces);
            assert.ok(verdict.verdict === "whole", JSON.stringify(verdict));
            const { start, fields, framing, body, authority, at } = verdict;
            assert.deepEqual(
              { start, fields, framing, body, authority },
              {
                start: request.start,
                fields: request.fields,
                framing: request.framing,
                body: request.body,
                authority: request.authority,
              },
            );
            assert.equal(at, request.text.length);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("any mutation is refused, or one message that another reader reads alike, in any pieces", () => {
    const mutation = fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 5000 }), fc.nat({ max: 5000 }));
    const verdicts = { whole: 0, more: 0, refused: 0 };
    fc.assert(
      fc.property(
        anyRequest,
        mutation,
        fc.array(fc.nat({ max: 2000 }), { maxLength: 5 }),
        (request, [kind, place, choice], cuts) => {
          const text = mutate(request.text, kind, place, choice);
          const bytes = bytesOf(text);
          const verdict = reader.request([bytes]);
          verdicts[verdict.verdict]++;
          assert.deepEqual(reader.request(cut(bytes, cuts)), verdict);
          assert.deepEqual(reader.request(eachByte(bytes)), verdict);
          if (verdict.verdict !== "whole") return;
          assert.deepEqual(essence(verdict), readReference(text));
        },
      ),
      { numRuns: 3000 },
    );
    // The mutations are worth something only if they end in each way.
    for (const [name, count] of Object.entries(verdicts)) assert.ok(count > 20, `${name}: ${count}`);
  });
});
