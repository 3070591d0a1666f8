import { ioSettings } from "../../src/config/config.ts";
import type { IoSetting } from "../../src/core/runtime/io.ts";

/** Which sockets the tests run on: GERYON_TEST_IO, one of what `io` may say. */
export const testIo: IoSetting = readTestIo(process.env["GERYON_TEST_IO"] ?? "auto");

function readTestIo(text: string): IoSetting {
  const setting = ioSettings.find((one) => one === text);
  if (setting === undefined) throw new Error(`GERYON_TEST_IO is '${text}': one of ${ioSettings.join(", ")}`);
  return setting;
}
