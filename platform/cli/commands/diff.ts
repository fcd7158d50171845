import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const diff = command({
  name: "diff",
  summary: "Show what changed in the definitions since another commit",
  details:
    "BASE is a branch, tag or commit, or a file of `dop snapshot --out`; where this branch left the default branch unless given. Both sides are loaded with this platform; files that are not committed count as part of this side.",
  arguments: { base: { summary: "What to compare with" } },
  options: {
    format: { value: "format", summary: "How", choices: ["text", "markdown", "json"], default: "text" },
    failOn: {
      value: "kind",
      summary: "What makes the exit code 1",
      choices: ["any", "removed", "none"],
      default: "none",
    },
    ...projectOptions,
  },
  async run({ base, format, failOn, ...project }, context) {
    const { runDiff } = await import("../run-diff.ts");
    return await runDiff({ base, format, failOn, ...project }, context);
  },
});
