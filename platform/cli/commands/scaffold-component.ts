import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const scaffoldComponent = command({
  name: "component",
  summary: "Write a component class with its example and test",
  details:
    "`dop scaffold component Shopify` writes lib/shopify/shopify-component.ts, its example.yaml and a test.",
  arguments: { name: { summary: "Name of the class; `Component` is added at its end", required: true } },
  options: projectOptions,
  async run({ name, ...project }, context) {
    const { scaffoldClass } = await import("../scaffold/scaffold-class.ts");
    const { files, type } = await scaffoldClass(name, project, context);
    for (const file of files) context.print(file);
    context.say(`\`type: ${type}\` in a component.yaml uses it; \`dop docs ${type}\` shows its reference`);
    return 0;
  },
});
