/** Something that a demo's viewer shall notice. */
export interface DemoEvent {
  readonly kind: DemoEventKind;
  /** Since the demo began. */
  readonly atMs: number;
  /** What happened, in a short line. */
  readonly what: string;
  /** What hides it from the clients, or what follows, in a short line. */
  readonly why: string;
}

/**
 * `killed` an endpoint stopped listening; `out` the health checker found it unhealthy; `returned` it listens again; `in`
 * the health checker found it healthy; `serves` a client reached it again; `failed` the demo could not do its part.
 */
export type DemoEventKind = "killed" | "out" | "returned" | "in" | "serves" | "failed";
