import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const host = fileURLToPath(new URL("../../platform/host/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "dop-resolve-hook-"));

afterAll(() => rmSync(folder, { recursive: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

function run(start: string, file: string): { output: string; errors: string } {
  const { stdout, stderr } = spawnSync(process.execPath, ["--import", start, file], {
    cwd: dirname(file),
    encoding: "utf8",
  });
  return { output: stdout.trim(), errors: stderr };
}

/** An installation of dop whose public entry exports one number. */
function install(path: string): string {
  cpSync(host, join(folder, path, "platform/host"), { recursive: true });
  write(`${path}/package.json`, '{ "name": "dop", "type": "module" }');
  write(`${path}/platform/index.ts`, "export const answer: number = 42;");
  write(`${path}/platform/testing.ts`, "export const answer: number = 43;");
  return join(folder, path, "platform/host");
}

test.for([
  { specifier: "#platform", answer: "42" },
  { specifier: "#platform/testing", answer: "43" },
  { specifier: "dop", answer: "42" },
  { specifier: "dop/testing", answer: "43" },
])(
  "$specifier is this installation's in a project with a package.json of its own",
  ({ specifier, answer }) => {
    const start = join(install("dop"), "resolve-hook.js");
    write("project/package.json", '{ "name": "shop" }');
    const file = write(
      "project/lib/a.ts",
      `import { answer } from "${specifier}"; console.log(answer as number);`,
    );
    expect(run(start, file)).toEqual({ output: answer, errors: "" });
  },
);

test("an installation below node_modules runs its TypeScript without a warning", () => {
  const start = join(install("shop/node_modules/dop"), "resolve-hook.js");
  const file = write("shop/a.ts", 'import { answer } from "dop"; console.log(answer);');
  expect(run(start, file)).toEqual({ output: "42", errors: "" });
});

test("a project's compiled code is kept in the project, whatever folder below it is the current one", () => {
  const start = join(install("dop"), "start-up.js");
  write("kept/package.json", '{ "dop": {} }');
  run(start, write("kept/defs/a/a.ts", "export const a: number = 1;"));
  expect(existsSync(join(folder, "kept/.dop/cache/code"))).toBe(true);
});

test("a folder that is no project gets no .dop", () => {
  const start = join(install("dop"), "start-up.js");
  write("elsewhere/package.json", "{}");
  run(start, write("elsewhere/a.ts", "export const a: number = 1;"));
  expect(existsSync(join(folder, "elsewhere/.dop"))).toBe(false);
});

test("a project's own import of SQLite, of TypeScript and of Temporal warns of nothing", () => {
  const start = join(install("dop"), "start-up.js");
  write("quiet/package.json", '{ "dop": {} }');
  const file = write(
    "quiet/a.ts",
    'import { DatabaseSync } from "node:sqlite"; new DatabaseSync(":memory:"); console.log(typeof Temporal.Now);',
  );
  expect(run(start, file)).toEqual({ output: "object", errors: "" });
});
