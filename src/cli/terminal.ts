/** Where a command writes: text that shall be read by people has colours only where there is someone to see them. */
import process from "node:process";
import { styleText } from "node:util";

/** Styles that the commands use. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

/** Standard output and error of the process. */
export interface Terminal {
  /** Writes to standard output. */
  out(text: string): void;
  /** Writes to standard error. */
  error(text: string): void;
  /** The text in a style when standard output shows colours, else as it is. */
  style(style: Style, text: string): string;
  /** Standard output is a terminal, on which lines can be rewritten in place. */
  readonly interactive: boolean;
}

/** The process's own terminal. `NO_COLOR` (no-color.org) and a pipe turn the colours off. */
export function processTerminal(): Terminal {
  const { stdout, stderr } = process;
  const noColor = process.env["NO_COLOR"];
  const colours = stdout.isTTY === true && (noColor === undefined || noColor === "") && process.env["TERM"] !== "dumb";
  return {
    out: (text) => void stdout.write(text),
    error: (text) => void stderr.write(text),
    style: (style, text) => (colours ? styleText(style, text, { validateStream: false }) : text),
    interactive: stdout.isTTY === true && process.env["TERM"] !== "dumb",
  };
}
