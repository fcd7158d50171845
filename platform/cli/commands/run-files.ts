import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const runFiles = command({
  name: "files",
  summary: "List the files that a run's steps attached, or save one",
  arguments: { run: { summary: "Id of the run, or its first characters; the newest unless given" } },
  options: {
    save: { value: "file", summary: "Save this one, by its id or its name" },
    out: { short: "o", value: "path", summary: "Where to save it (default: under its name, here)" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ run: id, save, out, json, ...project }, context) {
    const { findRun, withRuns } = await import("../with-runs.ts");
    const { fileTable, saveAttachment } = await import("../run-files.ts");
    return await withRuns(project, context, async (runs) => {
      const { run, attachments } = await findRun(runs, id);
      if (save !== undefined) context.print(await saveAttachment(runs, { attachments, save, out }, context));
      else if (json)
        context.print(
          JSON.stringify({ schema: "dop.files/1", run: run.id, files: attachments }, undefined, 2),
        );
      else context.print(fileTable(attachments));
      return 0;
    });
  },
});
