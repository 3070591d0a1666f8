import type { Theme } from "./case.ts";
import { answerBodies } from "./themes/answer-bodies.ts";
import { answerHeads } from "./themes/answer-heads.ts";
import { chunked } from "./themes/chunked.ts";
import { clTe } from "./themes/cl-te.ts";
import { contentLength } from "./themes/content-length.ts";
import { expectations } from "./themes/expect.ts";
import { fields } from "./themes/fields.ts";
import { forwarding } from "./themes/forwarding.ts";
import { hopByHop } from "./themes/hop-by-hop.ts";
import { hostCases } from "./themes/host.ts";
import { limits } from "./themes/limits.ts";
import { paths } from "./themes/paths.ts";
import { maxForwards } from "./themes/max-forwards.ts";
import { pipelining } from "./themes/pipelining.ts";
import { requestLine } from "./themes/request-line.ts";
import { trailers } from "./themes/trailers.ts";
import { transferEncoding } from "./themes/transfer-encoding.ts";
import { upgrade } from "./themes/upgrade.ts";
import { versions } from "./themes/versions.ts";

/** All cases of the corpus. */
export const themes: readonly Theme[] = [
  requestLine,
  versions,
  hostCases,
  fields,
  contentLength,
  transferEncoding,
  clTe,
  chunked,
  trailers,
  hopByHop,
  maxForwards,
  upgrade,
  expectations,
  pipelining,
  limits,
  forwarding,
  paths,
  answerHeads,
  answerBodies,
];
