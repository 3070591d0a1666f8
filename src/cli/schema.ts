import { configJsonSchema } from "../config/json-schema.ts";
import { type Command, exitCodes } from "./command.ts";

/** `geryon schema`: what editors complete a config from. */
export const schemaCommand: Command = {
  name: "schema",
  summary: "Print the JSON Schema of the config file",
  usage: "",
  positionals: { min: 0, max: 0 },
  flags: [],
  examples: [
    {
      command: "geryon schema > geryon.schema.json",
      does: "Then '# yaml-language-server: $schema=geryon.schema.json' on top of a config completes it in an editor",
    },
  ],
  async run(_args, context) {
    context.terminal.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
    return exitCodes.ok;
  },
};
