import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const env = command({
  name: "env",
  summary: "Show the variables that are read: by whom, set or not, required where",
  details:
    "Values are never shown. The exit code is 1 when one that the environment in force requires is not set.",
  options: {
    example: { summary: "Print the content of a .env.example" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ example, json, ...project }, context) {
    const { environmentExample, environmentReport, environmentTable } = await import(
      "../environment-report.ts"
    );
    const report = await environmentReport(project, context);
    if (example) {
      context.print(environmentExample(report).trimEnd());
      return 0;
    }
    context.print(json ? JSON.stringify(report, undefined, 2) : environmentTable(report));
    const missing = report.variables.filter(
      ({ set, required_in: required }) => set === null && required.includes(report.environment),
    );
    for (const { name } of missing) context.say(`${name} is required in ${report.environment} and not set`);
    return missing.length === 0 ? 0 : 1;
  },
});
