import { statusClasses } from "./http-stats.ts";
import { failedConnections, type Stats } from "./stats.ts";

/** The counters as text for people: what SIGUSR2 prints. */
export function statsText(stats: Stats): string {
  const rows: string[][] = [];
  // One is the process itself.
  for (const one of stats.workers.length > 1 ? stats.workers : []) {
    rows.push([
      `worker ${one.index}`,
      "",
      `${one.activeConnections} active`,
      `${one.totalConnections} total`,
      `${one.restarts} ${one.restarts === 1 ? "restart" : "restarts"}`,
    ]);
  }
  for (const one of stats.listeners) {
    rows.push([
      `listener ${one.name}`,
      one.address,
      `${one.activeConnections} active`,
      `${one.totalConnections} total`,
      `${failedConnections(one)} failed`,
      `${one.bytesUp} bytes up`,
      `${one.bytesDown} bytes down`,
      one.io,
    ]);
    for (const route of one.http?.routes ?? []) {
      const { statuses } = route;
      rows.push([`route ${route.name}`, "", ...statusClasses.map((status) => `${statuses[status]} ${status}`)]);
    }
  }
  for (const upstream of stats.upstreams) {
    for (const one of upstream.endpoints) {
      rows.push([
        `endpoint ${upstream.name}`,
        one.address,
        `${one.activeConnections} active`,
        `${one.totalConnections} total`,
        `${one.connectFailures} failed`,
        `${one.bytesUp} bytes up`,
        `${one.bytesDown} bytes down`,
        one.health,
      ]);
    }
  }
  const head = `geryon ${stats.version} on ${stats.runtime} ${stats.runtimeVersion}: ${stats.phase}, up ${Math.floor(stats.uptimeSeconds)} s\n`;
  return head + alignColumns(rows);
}

function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  return rows
    .map(
      (row) =>
        `  ${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
