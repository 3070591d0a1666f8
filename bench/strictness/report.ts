/** The report on what proxies did with the corpus, in Markdown. */
import type { Case, Theme } from "../../test/http-corpus/case.ts";
import type { VerdictName } from "../../test/http-corpus/judge.ts";
import type { CaseVerdict } from "./verdict.ts";

/** A proxy and what it did. */
export interface Contender {
  readonly name: string;
  readonly version: string;
  /** One of ours. */
  readonly own: boolean;
  readonly verdicts: readonly CaseVerdict[];
}

const names: readonly VerdictName[] = ["refused", "canonical", "ambiguous", "dangerous"];

/** The whole report. */
export function report(themes: readonly Theme[], contenders: readonly Contender[]): string {
  const count = themes.reduce((sum, { cases }) => sum + cases.length, 0);
  const own = contenders.filter((one) => one.own);
  const others = contenders.filter((one) => !one.own);
  const shown = [...own.slice(0, 1), ...others];
  return `${[
    "# What proxies do with requests and answers that are meant to fool them",
    "",
    "Made by `npm run bench:strictness`: the framing corpus of `test/http-corpus`, " +
      `${count} cases, played against each proxy with a raw client and a raw origin around it.`,
    "",
    `${contenders.map(({ name, version }) => `${name} ${version}`).join("; ")}. HAProxy and nginx are those of Debian, set ` +
      "up as reverse proxies as their manuals have it (`bench/strictness/peers.ts`); where either has an option that is stricter, " +
      "it is not on unless it is by default. Cases about settings of ours that they have no counterpart to were not played against them: `-`.",
    "",
    "- **refused**: nothing whole was passed on. Of an answer: 502, or the client sees that it is not whole.",
    "- **canonical**: what was passed on means one thing to every reader.",
    "- **ambiguous**: framed well, but readers may differ on what it says (a path with dot segments, an invalid Host, control " +
      "characters), or believe what they must not (what a client says of itself).",
    "- **dangerous**: readers may differ on where it ends (both framings, a transfer coding in HTTP/1.0, NUL, trailers that " +
      "frame or authorise), or there was more than there may be (a second request), or what was cut looks whole.",
    "",
    "A proxy that takes what the RFCs let a recipient take, and forwards it in a clear form, is canonical here, even where Geryon refuses.",
    "",
    ...agreement(own),
    "",
    "## In numbers",
    "",
    ...numbers(themes, shown),
    "",
    "## Where others are stricter",
    "",
    ...stricter(themes, shown),
    "",
    "## Case by case",
    ...themes.flatMap((theme) => ["", `### ${capital(theme.name)}`, "", ...caseTable(theme, shown)]),
  ].join("\n")}\n`;
}

/** Whether ours did the same on all runtimes, and what the corpus expects. */
function agreement(own: readonly Contender[]): string[] {
  const [first, ...rest] = own;
  if (first === undefined) return [];
  const different = first.verdicts.filter((one) =>
    rest.some(({ verdicts }) => !isSame(one, find(verdicts, one.theme, one.name))),
  );
  const wrong = own.flatMap(({ name, verdicts }) =>
    verdicts.filter(({ mistakes }) => mistakes.length > 0).map((one) => `- ${name}: ${one.theme}: ${cell(one.name)}`),
  );
  const same = `${first.verdicts.length - different.length} of ${first.verdicts.length} cases: the same verdict and statuses on ${own.map(({ name }) => name.replace("Geryon, ", "")).join(", ")}.`;
  return [
    same,
    ...different.map(({ theme, name }) => `- different: ${theme}: ${cell(name)}`),
    wrong.length === 0 ? "In all of them all is as the corpus expects, byte for byte." : "Not as the corpus expects:",
    ...wrong,
  ];
}

function isSame(one: CaseVerdict, other: CaseVerdict | undefined): boolean {
  return other !== undefined && one.verdict === other.verdict && one.statuses.join() === other.statuses.join();
}

function numbers(themes: readonly Theme[], shown: readonly Contender[]): string[] {
  const header = [
    "theme",
    ...shown.flatMap(({ own, name }) => names.map((verdict) => `${own ? "Geryon" : name} ${verdict}`)),
  ];
  const row = (title: string, of: (verdict: CaseVerdict) => boolean): string =>
    `| ${[title, ...shown.flatMap(({ verdicts }) => names.map((name) => verdicts.filter((one) => of(one) && one.verdict === name).length))].join(" | ")} |`;
  return [
    `| ${header.join(" | ")} |`,
    `| ${header.map((_, index) => (index === 0 ? "---" : "--:")).join(" | ")} |`,
    ...themes.map((theme) => row(theme.name, (one) => one.theme === theme.name)),
    row("**all**", () => true),
  ];
}

function stricter(themes: readonly Theme[], shown: readonly Contender[]): string[] {
  const [ours, ...others] = shown;
  if (ours === undefined) return [];
  const lines = themes.flatMap((theme) =>
    theme.cases.flatMap((one) => {
      const mine = find(ours.verdicts, theme.name, one.name);
      if (mine === undefined || mine.verdict === "refused") return [];
      return others
        .filter(({ verdicts }) => find(verdicts, theme.name, one.name)?.verdict === "refused")
        .map(
          ({ name }) =>
            `- ${name} refuses, Geryon does not: ${theme.name}: ${cell(one.name)}. ${cell(one.why)}.${judgement(one)}`,
        );
    }),
  );
  return lines.length === 0 ? ["Nowhere in this corpus."] : lines;
}

function judgement(one: Case): string {
  return one.judgement === undefined ? "" : ` ${cell(one.judgement)}`;
}

function caseTable(theme: Theme, shown: readonly Contender[]): string[] {
  return [
    `| case | ${shown.map(({ own, name }) => (own ? "Geryon" : name)).join(" | ")} | why |`,
    `| --- | ${shown.map(() => "---").join(" | ")} | --- |`,
    ...theme.cases.map((one) => {
      const cells = shown.map(({ verdicts }) => verdictText(find(verdicts, theme.name, one.name)));
      return `| ${cell(one.name)} | ${cells.join(" | ")} | ${cell(one.why)} |`;
    }),
  ];
}

function verdictText(one: CaseVerdict | undefined): string {
  if (one === undefined) return "-";
  const statuses = one.statuses.length === 0 ? "" : ` ${one.statuses.join(", ")}`;
  const reasons = one.reasons.length === 0 ? "" : `: ${cell(one.reasons.join("; "))}`;
  return one.verdict === "dangerous" ? `**dangerous**${statuses}${reasons}` : `${one.verdict}${statuses}${reasons}`;
}

function find(verdicts: readonly CaseVerdict[], theme: string, name: string): CaseVerdict | undefined {
  return verdicts.find((one) => one.theme === theme && one.name === name);
}

/** Text that breaks no table. */
function cell(text: string): string {
  return text.replace(/[|\\`*<>_[\]]/g, (character) => `\\${character}`);
}

function capital(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}`;
}
