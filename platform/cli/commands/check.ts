import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const check = command({
  name: "check",
  summary: "Find all that is wrong with the definitions, offline",
  details:
    "The exit code is 1 when there are errors. With --format json the shape is `dop.check/1`; sarif is for code scanning, github for annotations in GitHub Actions. What has not changed comes from .dop/cache; DOP_CACHE=off does without.",
  arguments: { paths: { summary: "Only problems of these files and folders", many: true } },
  options: {
    format: {
      value: "format",
      summary: "How to print problems",
      choices: ["text", "json", "sarif", "github"],
      default: "text",
    },
    fix: { summary: "Mend what has one answer, then check again" },
    validateRequirements: { summary: "Variables that are undeclared, or listed and not read, are errors" },
    failOn: {
      value: "severity",
      summary: "What makes the exit code 1",
      choices: ["error", "warning"],
      default: "error",
    },
    watch: { short: "w", summary: "Check again whenever a file changes" },
    ...projectOptions,
  },
  async run({ watch, ...options }, context) {
    if (watch) {
      const { checkOnChange } = await import("../check-on-change.ts");
      return await checkOnChange(options, context);
    }
    const { runCheck } = await import("../run-check.ts");
    return await runCheck(options, context);
  },
});
