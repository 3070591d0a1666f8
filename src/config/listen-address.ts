/** Addresses of listeners: one to bind, or `fd:3`, the descriptor of a socket that listens already. */
import type { ListenAddress } from "../core/runtime/address.ts";
import { isDescriptor, parseAddress } from "./address.ts";
import { mistaken, parsed, type Parsed, quote } from "./mistake.ts";

/** 0 to 2 are standard input, output and error. */
const lowestDescriptor = 3;
/** What Linux lets a process have at most, without further settings (/proc/sys/fs/nr_open). */
const highestDescriptor = 1_048_575;

/** Reads what a listener accepts on. */
export function parseListenAddress(text: string): Parsed<ListenAddress> {
  return isDescriptor(text) ? parseDescriptor(text) : parseAddress(text, "listener");
}

function parseDescriptor(text: string): Parsed<ListenAddress> {
  const expected = "fd:N, with the number of a descriptor that listens, such as fd:3";
  const number = text.slice("fd:".length);
  if (text.startsWith("fd@"))
    return mistaken(`Address ${quote(text)} has "@"`, expected, `write ${quote(`fd:${number}`)}`);
  if (number === "") return mistaken(`Address ${quote(text)} has no number`, expected);
  const [descriptor = "", port] = number.split(":");
  if (port !== undefined) {
    const hint = `the socket has its port already: write ${quote(`fd:${descriptor}`)}`;
    return mistaken(`Address ${quote(text)} has a port beside the descriptor`, expected, hint);
  }
  if (!/^(0|[1-9]\d*)$/.test(number)) {
    const hint = /^\d+$/.test(number)
      ? undefined
      : "names, as systemd's FileDescriptorName, are not known: count from 3";
    return mistaken(`Descriptor ${quote(number)} is not a plain number`, expected, hint);
  }
  const value = Number(number);
  const range = `a descriptor from ${lowestDescriptor} to ${highestDescriptor}`;
  if (value < lowestDescriptor) {
    return mistaken(
      `Descriptor ${number} is standard input, output or error`,
      range,
      "systemd passes sockets from 3 on",
    );
  }
  if (value > highestDescriptor) return mistaken(`Descriptor ${number} is above ${highestDescriptor}`, range);
  return parsed({ kind: "inherited", descriptor: value });
}
