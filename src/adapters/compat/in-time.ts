/**
 * Only bounds the wait when something is never told: a machine under load is slow, and not at fault. Between two looks
 * the loop has its turn, so a process that stands still for long, stopped or starved, comes one look nearer only.
 */
const maxLooks = 20;
const lookMs = 100;

/** What `promise` resolves with; rejects with `fault` when that takes far too long. */
export async function inTime<T>(promise: Promise<T>, fault: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    let looks = 0;
    timer = setInterval(() => {
      if (++looks === maxLooks) reject(new Error(fault));
    }, lookMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearInterval(timer);
  }
}
