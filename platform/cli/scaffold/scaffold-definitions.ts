import { cpSync, existsSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import { writeWhole } from "../../component/write-whole.ts";
import type { Problem } from "../../core/problem.ts";
import { isPlainObject } from "../../core/secret.ts";
import { type CommandContext, CommandError } from "../command-context.ts";
import { componentClass, type KnownClass } from "../component-classes.ts";
import { loadDefinitions } from "../load-definitions.ts";
import type { ProjectChoice } from "../project-choice.ts";
import { readProjectSettings } from "../project-settings.ts";
import { sampleAttributes } from "./sample-attributes.ts";
import { yamlText } from "./yaml-text.ts";

export interface DefinitionsScaffold extends ProjectChoice {
  readonly type: string;
  /** Below the definitions' folder. */
  readonly path: string;
  /** JSON, as it was typed. */
  readonly attributes: string | undefined;
}

/** The file that was written, relative to the project, and the errors that a check finds in it. */
export interface ScaffoldedDefinitions {
  readonly file: string;
  readonly problems: readonly Problem[];
}

/** Writes a component file for a class. Throws CommandError rather than overwrite one. */
export async function scaffoldDefinitions(
  { type, path, attributes, ...choice }: DefinitionsScaffold,
  context: CommandContext,
): Promise<ScaffoldedDefinitions> {
  const { root, configuration } = readProjectSettings(choice, context);
  const folder = folderOf(path, configuration.defs);
  const taken = ["component.yaml", "defs.yaml"]
    .map((name) => posix.join(folder, name))
    .find((file) => existsSync(join(root, file)));
  if (taken !== undefined)
    throw new CommandError(`${taken} is there already`, "choose another folder, or add a document to it");
  const known = await componentClass(type, { ...choice, folder }, context);
  const file = posix.join(folder, "component.yaml");
  const { snapshot: before } = await loadDefinitions(choice, context);
  const keys = [
    keyOf(folder, configuration.defs),
    ...before.definitions.assets.slice(0, 1).map(({ key }) => key),
  ];
  let problems: readonly Problem[] = [];
  for (const text of candidates(known, { type, attributes, keys })) {
    writeWhole(join(root, file), text);
    if (known.module !== undefined)
      copyShownFiles(text, join(root, dirname(known.module)), join(root, folder));
    const { snapshot } = await loadDefinitions(choice, context);
    problems = snapshot.problems.filter(({ severity, span }) => severity === "error" && span.file === file);
    if (problems.length === 0) break;
  }
  return { file, problems };
}

/** `shop/orders` and `defs/shop/orders` name the same folder. */
function folderOf(path: string, defs: readonly string[]): string {
  const clean = posix.normalize(path.replaceAll("\\", "/")).replace(/^\.\//, "").replace(/\/$/, "");
  if (clean === "" || clean === "." || clean.startsWith("../") || clean === ".." || clean.startsWith("/")) {
    throw new CommandError(
      `\`${path}\` is no folder below the definitions' folder`,
      "write it as `shop/orders`",
    );
  }
  const below = defs.some((folder) => clean.startsWith(`${folder}/`));
  return below ? clean : posix.join(defs[0] ?? "defs", clean);
}

function keyOf(folder: string, defs: readonly string[]): string {
  const base = defs.find((candidate) => folder.startsWith(`${candidate}/`));
  return base === undefined ? folder : folder.slice(base.length + 1);
}

/**
 * What may be written, best first; the last one stays when a check finds errors in all. `keys`: for an asset of the
 * component's own, and one that is there already, for components that are about others' assets.
 */
function candidates(
  { schema, example }: KnownClass,
  { type, attributes, keys }: { type: string; attributes: string | undefined; keys: readonly string[] },
): string[] {
  if (attributes !== undefined) return [yamlText({ type, attributes: parsedAttributes(attributes) })];
  if (schema === undefined) return [`type: ${type}\n`];
  const samples = keys.map((key) => yamlText({ type, attributes: sampleAttributes(schema, key) }));
  const shown = example === undefined ? undefined : firstDocument(example, type);
  // An example that fails is still the better start than bare fields that fail.
  return shown === undefined ? samples : [shown, ...aboutExisting(shown, keys[1]), ...samples, shown];
}

/** The example of a component that is about one asset, such as its checks, told of an asset that there is. */
function aboutExisting(example: string, key: string | undefined): string[] {
  const [, named] = /^ {2}asset: ([\w/-]+)$/m.exec(example) ?? [];
  return key === undefined || named === undefined ? [] : [example.replaceAll(named, key)];
}

/** Files and folders beside the class that its example names come along with it. */
function copyShownFiles(text: string, from: string, to: string): void {
  for (const [path] of text.matchAll(/\.\/[\w./-]*\w/g)) {
    const source = join(from, path);
    const isInside = !relative(from, source).startsWith("..");
    if (isInside && existsSync(source) && !existsSync(join(to, path)))
      cpSync(source, join(to, path), { recursive: true });
  }
}

function firstDocument(example: string, type: string): string {
  const [document = ""] = example.split(/^---\s*$/m).filter((part) => /^type:/m.test(part));
  return `${document.trim().replace(/^type:.*$/m, () => `type: ${type}`)}\n`;
}

function parsedAttributes(json: string): object {
  let parsed: unknown;
  try {
    parsed = JSON.parse(json);
  } catch (thrown) {
    throw new CommandError(
      `--attributes is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  if (!isPlainObject(parsed))
    throw new CommandError("--attributes is a JSON object, such as '{\"rows\": 10}'");
  return parsed;
}
