/** Error pages: what is wrong with their keys beside each other and with their files, and what they come to. */
import type { ErrorPageSettings } from "../core/server/http-settings.ts";
import { formatPath } from "./config-error.ts";
import { defaults } from "./defaults.ts";
import type { Draft, DraftListener } from "./draft.ts";
import type { ConfigFiles } from "./files.ts";
import { refuse } from "./findings.ts";
import type { Findings } from "./findings.ts";
import { contentTypeForm } from "./http-schema.ts";
import type { ErrorPageEntry } from "./http-schema.ts";
import { makeMistake, quote } from "./mistake.ts";

/** What a file is, by the end of its name. */
const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  htm: "text/html; charset=utf-8",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
};

/** Checks the error pages of a listener, and reads their files. */
export function checkErrorPages(
  draft: Draft,
  { name, errorPages }: DraftListener,
  findings: Findings,
  files: ConfigFiles,
): void {
  for (const status of errorPages) {
    const path = ["listeners", name, "http", "errorPages", status];
    const file = [...path, "file"];
    const hasBody = draft.isWritten([...path, "body"]);
    if (!draft.isWritten(file)) {
      if (hasBody || draft.isMeant([...path, "body"]) || draft.isMeant(file)) continue;
      refuse(
        findings,
        path,
        makeMistake(`What to answer is missing in ${formatPath(path)}`, '"body" or "file"'),
        "key",
      );
      continue;
    }
    if (hasBody) refuse(findings, file, makeMistake('"body" and "file" are both set', "one of them"), "key");
    const named = draft.word(file);
    if (named === undefined) continue;
    const text = files.text(named);
    if (!text.ok) refuse(findings, file, text.mistake);
    const type = [...path, "contentType"];
    if (typeOf(named) !== undefined || draft.isWritten(type) || draft.isMeant(type)) continue;
    const what = `"contentType" is missing in ${formatPath(path)}, and the name ${quote(named)} does not tell it`;
    refuse(findings, type, makeMistake(what, contentTypeForm), "key");
  }
}

/** An error page; the checks have seen to it that all of it is there. */
export function makeErrorPage(
  status: string,
  { body, file, contentType }: ErrorPageEntry,
  files: ConfigFiles,
): ErrorPageSettings {
  if (file === undefined) {
    return { status: Number(status), contentType: contentType ?? defaults.errorPage.contentType, body: body ?? "" };
  }
  const text = files.text(file);
  return { status: Number(status), contentType: contentType ?? typeOf(file) ?? "", body: text.ok ? text.value : "" };
}

function typeOf(file: string): string | undefined {
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(types, extension) ? types[extension] : undefined;
}
