import { expect, test } from "vitest";
import { type CommandTable, isCommandGroup } from "../../platform/cli/command.ts";
import { commandTable } from "../../platform/cli/command-table.ts";
import { runCommandLine } from "../../platform/cli/run-command-line.ts";
import { capturedContext } from "./captured-context.ts";

/** Every command and group by its words, groups before what is in them. */
async function commandPaths(table: CommandTable, before: readonly string[] = []): Promise<string[][]> {
  const paths: string[][] = [];
  for (const [name, load] of Object.entries(table)) {
    const path = [...before, name];
    paths.push(path);
    const entry = await load();
    if (isCommandGroup(entry)) paths.push(...(await commandPaths(entry.commands, path)));
  }
  return paths;
}

test("the help of every command is as it was reviewed", { timeout: 30_000 }, async () => {
  const pages: string[] = [];
  for (const path of [[], ...(await commandPaths(commandTable))]) {
    const context = capturedContext("/");
    expect(await runCommandLine([...path, "--help"], commandTable, context)).toBe(0);
    pages.push(`$ ${["dop", ...path, "--help"].join(" ")}\n\n${context.out()}\n`);
  }
  await expect(pages.join("\n\n")).toMatchFileSnapshot("help.txt");
});
