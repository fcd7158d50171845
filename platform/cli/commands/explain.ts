import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const explain = command({
  name: "explain",
  summary: "Tell why an asset or a check is requested or not, and what would change that",
  details:
    "From what is stored, without user code: what cannot be known is called unknown. A moment that has passed is answered by the ticks that were kept of it, one to come as if nothing happened until then.",
  arguments: { asset: { summary: "Key of an asset, or of a check (asset:check)", required: true } },
  options: {
    partition: {
      value: "key",
      summary: "Partition (default: the newest that is requested, else the newest)",
    },
    at: {
      value: "time",
      summary: "Moment, such as 2026-11-21T03:00Z; without an offset in UTC (default: now)",
    },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ asset, partition, at, json, ...project }, context) {
    const { momentOf } = await import("../moment-option.ts");
    const { withRecords } = await import("../with-records.ts");
    const { explainText } = await import("../explain-text.ts");
    const question = {
      ...(partition === undefined ? {} : { partition }),
      ...(at === undefined ? {} : { atMs: momentOf("--at", at) }),
    };
    return await withRecords(project, context, async (records) => {
      const explanation = await records.explain(asset, question);
      context.print(json ? JSON.stringify(explanation, undefined, 2) : explainText(explanation));
      return 0;
    });
  },
});
