import type { HeadLimits } from "./head-limits.ts";

/** What the head of an endpoint's answer may be, to a client's request and to a probe: it is ours, so this is generous. */
export const answerLimits: HeadLimits = { maxLineBytes: 16 * 1024, maxHeadBytes: 64 * 1024, maxHeaders: 200 };

/** So many interim answers (1xx) may come before the answer. */
export const maxInterims = 64;
