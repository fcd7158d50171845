import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const schema = command({
  name: "schema",
  summary: "Write the JSON Schema with which editors complete and check component files",
  details:
    "It is written to `.dop/schema/component.json`. The YAML language server (in VS Code: the extension `redhat.vscode-yaml`) finds it by the modeline or by the settings.",
  options: {
    modeline: { summary: "Put a line into every component file that names the schema" },
    vscode: { summary: "Name the schema in .vscode/settings.json" },
    print: { summary: "Print the schema instead" },
    ...projectOptions,
  },
  async run({ modeline, vscode, print, ...project }, context) {
    const { componentClasses } = await import("../component-classes.ts");
    const { editorSchema } = await import("../../component/editor-schema.ts");
    const { root, classes, failures } = await componentClasses(project, context);
    for (const { type, message } of failures) context.say(`${type} could not be imported: ${message}`);
    const written = editorSchema(classes);
    const text = JSON.stringify(written, undefined, print ? 2 : undefined);
    if (print) {
      context.print(text);
      return 0;
    }
    const { join } = await import("node:path");
    const { writeWhole } = await import("../../component/write-whole.ts");
    const { addModelines, nameInVscode, schemaFile } = await import("../editor-files.ts");
    const { prepareStateFolder } = await import("../../instance/state-folder.ts");
    prepareStateFolder(root);
    writeWhole(join(root, schemaFile), `${text}\n`);
    context.print(schemaFile);
    if (modeline) {
      const { loadDefinitions } = await import("../load-definitions.ts");
      const { snapshot } = await loadDefinitions(project, context);
      const files = new Set(
        snapshot.components.map(({ file }) => file).filter((file) => file.endsWith(".yaml")),
      );
      for (const file of addModelines(root, [...files])) context.print(file);
    }
    if (vscode) context.print(nameInVscode(root));
    return 0;
  },
});
