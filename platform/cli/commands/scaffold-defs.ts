import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const scaffoldDefs = command({
  name: "defs",
  summary: "Write a component.yaml for a class",
  details:
    "Its attributes are those given, else those of the class's example, else the ones that must be written. Nothing is overwritten.",
  arguments: {
    type: { summary: "Class, such as `lib.SqlComponent`", required: true },
    path: { summary: "Folder below the definitions' folder, such as `shop/orders`", required: true },
  },
  options: {
    attributes: { value: "json", summary: "Attributes as JSON" },
    ...projectOptions,
  },
  async run({ type, path, attributes, ...project }, context) {
    const { scaffoldDefinitions } = await import("../scaffold/scaffold-definitions.ts");
    const { file, problems } = await scaffoldDefinitions({ ...project, type, path, attributes }, context);
    context.print(file);
    if (problems.length === 0) return 0;
    const { counted } = await import("../report/text-report.ts");
    const { renderProblem } = await import("../../core/render-problem.ts");
    for (const problem of problems.slice(0, 3)) context.say(`${renderProblem(problem)}\n`);
    context.say(`${file} is written and has ${counted(problems.length, "error")}: \`dop check\` shows where`);
    return 1;
  },
});
