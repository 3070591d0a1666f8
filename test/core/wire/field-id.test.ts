import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1Text } from "../../../src/core/bytes/octets.ts";
import { fieldId } from "../../../src/core/wire/field-id.ts";
import { HeaderId } from "../../../src/core/wire/header-id.ts";
import { bytesOf } from "./read-wire.ts";

/** `xForwardedFor` as it is on the wire. */
const nameOf = (key: string): string =>
  key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace("web-socket", "websocket");
const idOf = (name: string): number => fieldId(bytesOf(`>${name}<`), 1, 1 + name.length);
const known = Object.entries(HeaderId).filter(([key]) => key !== "other" && key !== "option");

describe("fieldId", () => {
  it("knows each name in any case", () => {
    for (const [key, id] of known) {
      const name = nameOf(key);
      for (const spelled of [name, name.toUpperCase(), name.replaceAll(/\b\w/g, (letter) => letter.toUpperCase())]) {
        assert.equal(idOf(spelled), id, spelled);
      }
    }
  });

  it("knows no other: none that differs by an octet, none longer or shorter", () => {
    for (const [key] of known) {
      const name = nameOf(key);
      for (let at = 0; at < name.length; at++) {
        for (const octet of ["_", "x", "q", "0", "-"]) {
          const other = name.slice(0, at) + octet + name.slice(at + 1);
          if (!known.some(([each]) => nameOf(each) === other)) assert.equal(idOf(other), HeaderId.other, other);
        }
      }
      for (const other of [`${name}x`, `x${name}`, name.slice(0, -1), name.slice(1), `${name}-${"x".repeat(40)}`]) {
        if (!known.some(([each]) => nameOf(each) === other)) assert.equal(idOf(other), HeaderId.other, other);
      }
    }
  });
});

describe("latin1Text", () => {
  it("makes a character of each byte", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const text = latin1Text(bytes, 0, 256);
    assert.equal(text.length, 256);
    for (let octet = 0; octet < 256; octet++) assert.equal(text.charCodeAt(octet), octet);
    assert.equal(latin1Text(bytes, 65, 68), "ABC");
    assert.equal(latin1Text(bytes, 5, 5), "");
  });
});
