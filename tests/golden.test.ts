import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { commandTable } from "../platform/cli/command-table.ts";
import { runCommandLine } from "../platform/cli/run-command-line.ts";
import { problemCodes } from "../platform/core/problem.ts";
import { capturedContext } from "./cli/captured-context.ts";

// Prints `dop check` over every fixture project beside what is expected. `just test tests/golden.test.ts -u` writes
// anew what is expected; the difference is for review.

const fixtures = fileURLToPath(new URL("fixtures/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dop-golden-"));
afterAll(() => rmSync(folder, { recursive: true }));

const compilationError =
  "Encountered an error:\nCompilation Error in model orders (models/orders.sql)\n  `ref` needs a name";

/** Fixtures that files in git cannot hold: what makes them, in a copy of `plain`. */
const made: { readonly [code: string]: (project: string) => void } = {
  // Git keeps no rights to read, and root may read all: a folder cannot be read as a file by anybody.
  "unreadable-file": (project) => mkdirSync(join(project, "defs/other/component.yaml"), { recursive: true }),
  "file-too-large": (project) =>
    writeFileSync(join(project, "defs/component.yaml"), `#${"x".repeat(9 * 1024 * 1024)}`),
  "not-text": (project) =>
    writeFileSync(join(project, "defs/component.yaml"), Buffer.from([0xff, 0xfe, 0x00])),
  "tool-failed": (project) => {
    const bin = join(project, "tools/bin");
    mkdirSync(bin, { recursive: true });
    const refusal = JSON.stringify({
      info: { name: "MainEncounteredError", level: "error", msg: compilationError },
    });
    writeFileSync(join(bin, "dbt"), `#!/bin/sh\nprintf '%s' '${refusal}'\nexit 2\n`, { mode: 0o755 });
    mkdirSync(join(project, "defs/demo/dbt"), { recursive: true });
    writeFileSync(join(project, "defs/demo/dbt/dbt_project.yml"), "name: shop\n");
    writeFileSync(
      join(project, "defs/demo/component.yaml"),
      `type: lib.DbtProjectComponent\nattributes:\n  project: ./dbt\n  execution: { venv: ../../tools }\n`,
    );
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({
        private: true,
        type: "module",
        dop: { registry: { lib: join(fixtures, "../../lib") } },
      }),
    );
  },
  // Tools that walk the repository would follow it.
  "symlink-loop": (project) => symlinkSync("..", join(project, "defs/demo/again")),
};

/** Arguments beyond `check`, where the fixture is about them. */
const extraArguments: { readonly [code: string]: readonly string[] } = {
  "unknown-environment": ["--env", "production"],
};

async function check(project: string, args: readonly string[] = []): Promise<string> {
  const context = capturedContext(project, { DOP_CACHE: "off" });
  const code = await runCommandLine(["check", ...args], commandTable, context);
  const talk = context.talk() === "" ? "" : `\nstderr:\n${context.talk()}`;
  return `${context.out()}${talk}\nexit code ${code}\n`.replaceAll(project, "<project>");
}

function projectOf(code: string): string {
  const make = made[code];
  if (make === undefined) return join(fixtures, "problems", code);
  const project = join(folder, code);
  cpSync(join(fixtures, "plain"), project, { recursive: true });
  make(project);
  return project;
}

// The first one imports the loader.
const slow = { timeout: 60_000 };

test.for(problemCodes)("a check of the fixture %s prints what is expected", slow, async (code) => {
  const text = await check(projectOf(code), extraArguments[code]);
  expect(text).toContain(`[${code}]`);
  await expect(text).toMatchFileSnapshot(join(fixtures, "problems", code, "expected.txt"));
});

const projects = readdirSync(fixtures, { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() &&
      entry.name !== "problems" &&
      existsSync(join(fixtures, entry.name, "expected.txt")),
  )
  .map(({ name }) => name);

test.for(projects)("a check of the project %s prints what is expected", slow, async (name) => {
  await expect(await check(join(fixtures, name))).toMatchFileSnapshot(join(fixtures, name, "expected.txt"));
});

test("every fixture of a problem is named for a code", () => {
  expect(
    readdirSync(join(fixtures, "problems")).filter(
      (name) => !(problemCodes as readonly string[]).includes(name),
    ),
  ).toEqual([]);
});

test("the example of a page stands in its fixture as it is printed", () => {
  const pages = readFileSync(new URL("../platform/docs/problems.md", import.meta.url), "utf8");
  const examples = [
    ...pages.matchAll(/^## ([\w-]+)\n(?:(?!^## )[\s\S])*?`([^`\n]+)`:\n\n```\w+\n([\s\S]*?)```/gm),
  ];
  expect(examples.length).toBeGreaterThan(50);
  for (const [, code, file, text] of examples) {
    expect(readFileSync(join(fixtures, "problems", code as string, file as string), "utf8")).toBe(text);
  }
});
