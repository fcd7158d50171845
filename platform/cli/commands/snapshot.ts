import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const snapshot = command({
  name: "snapshot",
  summary: "Print all definitions as one canonical JSON document",
  details:
    "The same commit and environment give the same text (`dop.snapshot/1`). Its `id` is the hash of the definitions alone, so comments and moved lines do not change it.",
  options: {
    out: { short: "o", value: "file", summary: "Write it there instead of to stdout" },
    ...projectOptions,
  },
  async run({ out, ...project }, context) {
    const { canonicalJson } = await import("../../core/canonical-json.ts");
    const { loadDefinitions, tellWhatIsMissing } = await import("../load-definitions.ts");
    const { snapshot: taken } = await loadDefinitions(project, context);
    tellWhatIsMissing(taken, context);
    const text = canonicalJson(taken);
    if (out === undefined) context.print(text);
    else {
      const { writeWhole } = await import("../../component/write-whole.ts");
      const { resolve } = await import("node:path");
      writeWhole(resolve(context.folder, out), `${text}\n`);
      context.say(`${taken.id} written to ${out}`);
    }
    return 0;
  },
});
