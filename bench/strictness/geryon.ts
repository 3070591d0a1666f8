/** Plays the corpus against our proxy in this process, and prints a JSON line for each case. */
import { judge } from "../../test/http-corpus/judge.ts";
import { mistakes } from "../../test/http-corpus/runner.ts";
import { Stand } from "../../test/http-corpus/stand.ts";
import { themes } from "../../test/http-corpus/themes.ts";
import { currentRuntime } from "../../test/support/current-runtime.ts";
import type { CaseVerdict } from "./verdict.ts";

await using stand = new Stand(await currentRuntime());
for (const theme of themes) {
  for (const one of theme.cases) {
    const { saw, port } = await stand.play(theme, one);
    const line: CaseVerdict = {
      theme: theme.name,
      name: one.name,
      ...judge(one, saw),
      statuses: saw.replies.map((reply) => reply.status),
      mistakes: mistakes(one, saw, port),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
