// @ts-check
/** Counts the tests in a JUnit report: the one format that the three runners share. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Undefined when the report is not whole, as that of a process which ended before its time.
 * @param {string} xml
 * @returns {Counts | undefined}
 */
export function countTests(xml) {
  if (!xml.includes("</testsuites>")) return undefined;
  /** @type {{ name: string, state: keyof Counts }[]} */
  const cases = [];
  // Attributes may hold a bare ">"; neither they nor text hold a bare "<".
  for (const match of xml.matchAll(/<testcase((?:\s+[\w:.-]+="[^"]*")*)\s*(?:\/>|>([\s\S]*?)<\/testcase>)/g)) {
    const [, attributes = "", body = ""] = match;
    const name = /\sname="([^"]*)"/.exec(attributes)?.[1] ?? "";
    cases.push({
      name,
      state: /<(failure|error)\b/.test(body) ? "failed" : /<skipped\b/.test(body) ? "skipped" : "passed",
    });
  }
  // Deno reports a describe() as a test of its own, next to "outer > inner"; the others do not.
  const leaves = cases.filter(({ name }) => !cases.some((other) => other.name.startsWith(`${name} &gt; `)));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { state } of leaves) counts[state]++;
  return counts;
}
