/**
 * `npm run fuzz:http`: mutated messages against the codec.
 *
 *   --inputs 1000000    how many
 *   --seed 17           which
 */
import { argv, memoryUsage, stdout } from "node:process";
import { parseArgs } from "node:util";
import { fuzzWire } from "./fuzz-wire.ts";

const { values } = parseArgs({
  args: argv.slice(2),
  options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
});
const inputs = Number(values.inputs);
const seed = Number(values.seed);
/** So many with one seed. */
const round = 10_000;
const counts = { whole: 0, more: 0, refused: 0 };
const started = Date.now();
for (let done = 0; done < inputs; done += round) {
  const found = fuzzWire(Math.min(round, inputs - done), seed + done / round);
  counts.whole += found.whole;
  counts.more += found.more;
  counts.refused += found.refused;
}
const seconds = (Date.now() - started) / 1000;
const megabytes = memoryUsage().rss / 2 ** 20;
const { whole, more, refused } = counts;
stdout.write(
  `${inputs} inputs in ${seconds.toFixed(1)} s: ${whole} whole, ${more} not yet, ${refused} refused; ${megabytes.toFixed(0)} MiB\n`,
);
