import type { ByteWriter } from "../../bytes/byte-writer.ts";

const questionMark = 63;

/** What may stand in a field's value (RFC 9110 section 5.5): all but control characters, of which only the tab may. */
export function isValueByte(byte: number): boolean {
  return byte >= 32 ? byte !== 127 : byte === 9;
}

/**
 * Writes text into a field's value: a byte for each character, `?` for one that has none (its lower half might be
 * anything), and nothing for control characters: whatever the text is, it ends neither the field nor the head.
 */
export function writeFieldValue(out: ByteWriter, text: string): void {
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0xff) out.byte(questionMark);
    else if (isValueByte(unit)) out.byte(unit);
  }
}
