import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const simulate = command({
  name: "simulate",
  summary: "Show what schedules, conditions and the queue will do in the time to come",
  details:
    "Goes on from what is recorded, with the same functions as the daemon and without running anything. What only the outside can tell (sensors, custom conditions, people) is left out and named. The same records, definitions and options give the same answer.",
  options: {
    for: { value: "duration", summary: "How long, such as 12h or 7d", default: "7d" },
    from: {
      value: "time",
      summary: "Where it begins, such as 2026-11-21T03:00Z; without an offset in UTC (default: this minute)",
    },
    definitions: {
      value: "ref",
      summary: "Definitions of this branch, tag or commit, or of a file of `dop snapshot --out`",
    },
    compare: { value: "ref", summary: "Tell what is other than with the definitions of this one" },
    fail: {
      value: "asset@time",
      many: true,
      summary: "The first run that brings the asset up to date from that time on fails",
    },
    durations: {
      value: "model",
      summary: "How long steps take: a percentile of the past, or what they took one after another",
      choices: ["p50", "p95", "history"],
      default: "p50",
    },
    html: { value: "file", summary: "Write a page with charts" },
    ...jsonOption,
    ...projectOptions,
  },
  async run(options, context) {
    const { runSimulate } = await import("../run-simulate.ts");
    return await runSimulate(options, context);
  },
});
