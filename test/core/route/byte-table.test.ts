import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteTable, hashBytes } from "../../../src/core/route/byte-table.ts";

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe("ByteTable", () => {
  it("finds each of many keys within other bytes, and no other", () => {
    const table = new ByteTable(false);
    for (let value = 0; value < 5000; value++) {
      const key = bytesOf(`key ${value}`);
      table.add(value % 3, hashBytes(key), key, value);
    }
    for (let value = 0; value < 5000; value++) {
      const key = bytesOf(`key ${value}`);
      const around = bytesOf(`<key ${value}>`);
      assert.equal(table.get(value % 3, hashBytes(key), around, 1, around.length - 1), value);
      assert.equal(table.get((value + 1) % 3, hashBytes(key), key, 0, key.length), -1);
      assert.equal(table.get(value % 3, hashBytes(around), around, 0, around.length), -1);
    }
  });

  it("tells keys with one hash from each other", () => {
    const table = new ByteTable(false);
    const keys = ["", "a", "b", "A", "ab", "ba"];
    for (const [value, key] of keys.entries()) table.add(0, 7, bytesOf(key), value);
    for (const [value, key] of keys.entries()) assert.equal(table.get(0, 7, bytesOf(key), 0, key.length), value);
    for (const key of ["B", "c", "aa", "abc"]) assert.equal(table.get(0, 7, bytesOf(key), 0, key.length), -1);
  });

  it("tells scopes from each other, whatever their hashes are", () => {
    const table = new ByteTable(false);
    const key = bytesOf("key");
    table.add(0, 12_345, key, 1);
    // What has the other scope's place among the slots: see `tagOf`.
    const mixed = 12_345 ^ (12_345 >>> 15) ^ Math.imul(1, 0x9e37_79b1) ^ Math.imul(2, 0x9e37_79b1);
    const hash = mixed ^ (mixed >>> 15) ^ (mixed >>> 30);
    assert.equal(table.get(1, hash, key, 0, key.length), -1);
    table.add(1, hash, key, 2);
    assert.equal(table.get(1, hash, key, 0, key.length), 2);
    assert.equal(table.get(0, 12_345, key, 0, key.length), 1);
  });

  it("folds case where it is asked to, of letters only", () => {
    const table = new ByteTable(true);
    table.add(0, 7, bytesOf("a-[1{"), 1);
    for (const text of ["a-[1{", "A-[1{"]) assert.equal(table.get(0, 7, bytesOf(text), 0, 5), 1);
    for (const text of ["b-[1{", "B-[1{", "a\r[1{", "a-;1{", "a-[\x111{", "a-[1["]) {
      assert.equal(table.get(0, 7, bytesOf(text), 0, text.length), -1);
    }
  });
});
