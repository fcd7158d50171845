import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type CommandTable, isCommandGroup } from "../../platform/cli/command.ts";
import { commandTable } from "../../platform/cli/command-table.ts";

const cli = fileURLToPath(new URL("../../platform/cli/", import.meta.url));

async function summaries(table: CommandTable, path = ""): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const [name, load] of Object.entries(table)) {
    const entry = await load();
    found.push([`${path}${name}`, entry.name]);
    if (isCommandGroup(entry)) found.push(...(await summaries(entry.commands, `${path}${name} `)));
  }
  return found;
}

test("every command is listed under its own name", async () => {
  const found = await summaries(commandTable);
  expect(found.length).toBeGreaterThan(15);
  for (const [path, name] of found) expect(path.split(" ").at(-1)).toBe(name);
});

/** Files that are read when `file` is imported, besides what it imports itself later on. */
function importedAtOnce(file: string, found = new Map<string, string>()): Map<string, string> {
  const text = readFileSync(file, "utf8");
  for (const [, clause, specifier] of text.matchAll(
    /^(?:import|export)\s+(?!type\b)([^;"']*?\s*from\s+)?["']([^"']+)["']/gm,
  )) {
    // A list of types alone is taken away with its import.
    const named = /^\{([^}]*)\}/.exec((clause ?? "").trim());
    if (
      named?.[1]?.split(",").every((part) => part.trim() === "" || part.trim().startsWith("type ")) === true
    )
      continue;
    const target = (specifier as string).startsWith(".")
      ? resolve(dirname(file), specifier as string)
      : (specifier as string);
    if (found.has(target)) continue;
    found.set(target, file);
    if (target.startsWith("/") && existsSync(target)) importedAtOnce(target, found);
  }
  return found;
}

test("help imports nothing but commander, core and the commands themselves", () => {
  const found = importedAtOnce(join(cli, "main.ts"));
  for (const [, load] of readFileSync(join(cli, "command-table.ts"), "utf8").matchAll(
    /import\("([^"]+)"\)/g,
  )) {
    importedAtOnce(join(cli, load as string), found);
  }
  const foreign = [...found.keys()].filter(
    (target) => !target.startsWith(cli) && !target.includes("/platform/core/") && !target.startsWith("node:"),
  );
  expect(foreign).toEqual(["commander"]);
});
