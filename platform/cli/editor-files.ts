import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { writeWhole } from "../component/write-whole.ts";
import { isPlainObject } from "../core/secret.ts";
import { CommandError } from "./command-context.ts";

/** Relative to the project. */
export const schemaFile = ".dop/schema/component.json";

const modeline = /^(\uFEFF?)# yaml-language-server: \$schema=.*?(?=\r?$)/m;

/** Names the schema in component files that do not name it; gives those that were changed. */
export function addModelines(root: string, files: readonly string[]): string[] {
  return files.filter((file) => {
    const path = join(root, file);
    const before = readFileSync(path, "utf8");
    const after = withModeline(before, posix.relative(dirname(file), schemaFile));
    if (after === before) return false;
    writeWhole(path, after);
    return true;
  });
}

/** The text with the modeline as its first line; one that is there already is corrected where it stands. */
export function withModeline(text: string, schemaPath: string): string {
  const line = `# yaml-language-server: $schema=${schemaPath}`;
  if (modeline.test(text)) return text.replace(modeline, (_whole, mark: string) => mark + line);
  const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  return `${mark}${line}${lineEnd}${text.slice(mark.length)}`;
}

const settingsFile = ".vscode/settings.json";

/** Adds the schema to the workspace's settings. Throws CommandError where these cannot be rewritten faithfully. */
export function nameInVscode(root: string): string {
  const path = join(root, settingsFile);
  const patterns = ["**/component.yaml", "**/defs.yaml"];
  const entry = JSON.stringify({ "yaml.schemas": { [schemaFile]: patterns } }, undefined, 2);
  const settings = existsSync(path) ? parsedSettings(readFileSync(path, "utf8")) : {};
  const schemas = settings?.["yaml.schemas"] ?? {};
  if (settings === undefined || !isPlainObject(schemas)) {
    throw new CommandError(
      `${settingsFile} has comments or is not JSON, so it is left as it is`,
      `add to it: ${entry}`,
    );
  }
  const changed = { ...settings, "yaml.schemas": { ...schemas, [schemaFile]: patterns } };
  writeWhole(path, `${JSON.stringify(changed, undefined, 2)}\n`);
  return settingsFile;
}

function parsedSettings(text: string): Record<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isPlainObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}
