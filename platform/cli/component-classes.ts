import { relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { TSchema } from "typebox";
import { builtInExamples, builtInSchemas } from "../component/built-in-schemas.ts";
import { FileFacts } from "../component/file-facts.ts";
import { type ClassPlace, Registry } from "../component/registry.ts";
import { isComponentClass } from "../define/component.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { readProjectSettings } from "./project-settings.ts";
import { counted } from "./report/text-report.ts";
import { tableText } from "./table-text.ts";

/** A component class under the name that documents use. */
export interface KnownClass {
  readonly type: string;
  readonly schema?: TSchema;
  /** A component.yaml, as text. */
  readonly example?: string;
  /** Its module, relative to the project where it lies in it; absent for classes that are built in. */
  readonly module?: string;
}

export interface KnownClasses {
  readonly root: string;
  readonly classes: readonly KnownClass[];
  /** Classes whose module could not be imported. */
  readonly failures: readonly { readonly type: string; readonly message: string }[];
}

/** All classes of the project's modules and packages, sorted by type. */
export async function componentClasses(
  choice: ProjectChoice,
  context: CommandContext,
): Promise<KnownClasses> {
  const { root, registry } = registryOf(choice, context);
  const classes: KnownClass[] = [];
  const failures: { type: string; message: string }[] = [];
  for (const type of registry.types()) {
    // Names of another system for what is listed already.
    if (type.startsWith("dagster.")) continue;
    try {
      const known = await importClass(type, registry, root);
      if (known !== undefined) classes.push(known);
    } catch (thrown) {
      failures.push({ type, message: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }
  return { root, classes, failures };
}

/** One class by its type; `.file.Class` counts from `folder` below the project. Throws CommandError. */
export async function componentClass(
  type: string,
  choice: ProjectChoice & { readonly folder?: string },
  context: CommandContext,
): Promise<KnownClass> {
  const { root, registry } = registryOf(choice, context);
  const place = registry.find(type, choice.folder ?? "");
  if ("message" in place) throw new CommandError(place.message, place.hint ?? "`dop list types` shows all");
  const known = await importClass(type, registry, root, choice.folder).catch((thrown: unknown) => {
    throw new CommandError(
      `\`${type}\` could not be imported: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  });
  if (known === undefined) throw new CommandError(`\`${type}\` is no component class`);
  return known;
}

/** `dop list types`. */
export async function listedTypes(
  choice: ProjectChoice,
  context: CommandContext,
): Promise<{ data: object; text: string }> {
  const { classes, failures } = await componentClasses(choice, context);
  for (const { type, message } of failures) context.say(`${type} could not be imported: ${message}`);
  const types = classes.map((known) => ({
    type: known.type,
    description: descriptionOf(known) ?? null,
    module: known.module ?? null,
  }));
  return {
    data: { schema: "dop.types/1", types },
    text: tableText(
      ["type", "description"],
      types.map(({ type, description }) => [type, firstSentence(description ?? "")]),
    ),
  };
}

function descriptionOf({ schema }: KnownClass): string | undefined {
  const description = (schema as { description?: unknown } | undefined)?.description;
  return typeof description === "string" ? description : undefined;
}

function firstSentence(text: string): string {
  return /^[\s\S]*?[.](?=\s|$)/.exec(text)?.[0] ?? text;
}

function registryOf(choice: ProjectChoice, context: CommandContext): { root: string; registry: Registry } {
  const { root, configuration, problems } = readProjectSettings(choice, context);
  if (problems.length > 0)
    context.say(`${counted(problems.length, "problem")} in package.json or .env; \`dop check\` shows them`);
  return { root, registry: new Registry(root, configuration, new FileFacts()) };
}

async function importClass(
  type: string,
  registry: Registry,
  root: string,
  folder = "",
): Promise<KnownClass | undefined> {
  const builtIn = builtInSchemas[type];
  if (builtIn !== undefined) return { type, schema: builtIn, ...exampleOf(builtInExamples[type]) };
  const place = registry.find(type, folder);
  if ("message" in place) return undefined;
  const found = "ready" in place ? place.ready : (await importModule(place.module))[place.name];
  if (!isComponentClass(found)) return undefined;
  return {
    type,
    ...(found.schema === undefined ? {} : { schema: found.schema }),
    ...exampleOf(found.example),
    ...("ready" in place ? {} : { module: below(root, place) }),
  };
}

function exampleOf(example: string | undefined): { example?: string } {
  return example === undefined ? {} : { example };
}

async function importModule(path: string): Promise<{ readonly [name: string]: unknown }> {
  return (await import(/* @vite-ignore */ pathToFileURL(path).href)) as { readonly [name: string]: unknown };
}

function below(root: string, { module }: Extract<ClassPlace, { module: string }>): string {
  return relative(root, module).split(sep).join("/");
}
