import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Problem } from "../core/problem.ts";
import { renderProblem } from "../core/render-problem.ts";
import type { RunConfig } from "../core/run.ts";
import { isPlainObject } from "../core/secret.ts";
import { parseDocuments } from "../yaml/document.ts";
import { type CommandContext, CommandError } from "./command-context.ts";

const form = "write `steps: {NAME: {field: value}}`, and `resources: {KEY: {field: value}}`";

/** Config of a run from a YAML or JSON file, relative to where the command was started. Throws CommandError. */
export function readRunConfig(file: string, { folder }: Pick<CommandContext, "folder">): RunConfig {
  const problems: Problem[] = [];
  const documents = parseDocuments(file, textOf(resolve(folder, file), file), (problem) => {
    if (problem.severity === "error") problems.push(problem);
  });
  if (problems.length > 0)
    throw new CommandError(problems.map((problem) => renderProblem(problem)).join("\n"));
  if (documents.length !== 1) throw new CommandError(`${file} holds no single document`, form);
  const value: unknown = JSON.parse(JSON.stringify(documents[0]?.value ?? null));
  if (!isPlainObject(value)) throw new CommandError(`${file} is no config of a run`, form);
  for (const [name, part] of Object.entries(value)) {
    if (name !== "steps" && name !== "resources")
      throw new CommandError(`${file}: \`${name}\` is no part of a run's config`, form);
    if (!isPlainObject(part) || !Object.values(part).every(isPlainObject))
      throw new CommandError(`${file}: \`${name}\` is no mapping of names to mappings`, form);
  }
  return value as RunConfig;
}

function textOf(path: string, file: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new CommandError(`${file} cannot be read: ${reason}`, "one value is given as `--config key=value`");
  }
}
