import type { VerdictName } from "../../test/http-corpus/judge.ts";

/** What a proxy did with a case: one line of what `geryon.ts` prints. */
export interface CaseVerdict {
  readonly theme: string;
  readonly name: string;
  readonly verdict: VerdictName;
  readonly reasons: readonly string[];
  /** Statuses of the answers that the client got. */
  readonly statuses: readonly number[];
  /** What is not as the corpus expects of us; of others it is not asked. */
  readonly mistakes: readonly string[];
}
