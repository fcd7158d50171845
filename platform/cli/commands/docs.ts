import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const docs = command({
  name: "docs",
  summary: "Print the reference of component classes",
  details: "Made from each class's schema and example. Without a type, all classes of the project are told.",
  arguments: { type: { summary: "One class, such as `lib.SqlComponent`" } },
  options: {
    format: { value: "format", summary: "How", choices: ["text", "markdown", "html"], default: "text" },
    out: { short: "o", value: "file", summary: "Write it there instead of to stdout" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ type, format, json, out, ...project }, context) {
    const { componentClass, componentClasses } = await import("../component-classes.ts");
    const { classReference } = await import("../docs/class-reference.ts");
    const all = type === undefined ? await componentClasses(project, context) : undefined;
    for (const failure of all?.failures ?? [])
      context.say(`${failure.type} could not be imported: ${failure.message}`);
    const classes = all?.classes ?? [await componentClass(type as string, project, context)];
    if (classes.length === 0) throw new CommandError("the project has no component classes");
    const references = classes.map((known) => classReference(known.type, known));
    const text = json
      ? JSON.stringify({ schema: "dop.docs/1", classes: references }, undefined, 2)
      : await referenceIn(format, references, context.columns);
    if (out === undefined) {
      context.print(text.trimEnd());
      return 0;
    }
    const { resolve } = await import("node:path");
    const { writeWhole } = await import("../../component/write-whole.ts");
    writeWhole(resolve(context.folder, out), text.endsWith("\n") ? text : `${text}\n`);
    context.say(`${references.length} classes written to ${out}`);
    return 0;
  },
});

async function referenceIn(
  format: "text" | "markdown" | "html",
  references: readonly import("../docs/class-reference.ts").ClassReference[],
  columns = 100,
): Promise<string> {
  if (format === "html") return (await import("../docs/reference-page.ts")).referencePage(references);
  if (format === "markdown") {
    const { referenceMarkdown } = await import("../docs/reference-markdown.ts");
    return `# Components\n\n${references.map(referenceMarkdown).join("\n")}`;
  }
  const { referenceText } = await import("../docs/reference-text.ts");
  return references.map((reference) => referenceText(reference, Math.min(columns, 100))).join("\n\n\n");
}
