import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const repository = fileURLToPath(new URL("../..", import.meta.url));

/** A fixture project in a folder of its own, which the test may change; it is removed after the test. */
export function copyProject(fixture: string, files: { readonly [path: string]: string } = {}) {
  const root = realpathSync(mkdtempSync(join(tmpdir(), `dop-${fixture}-`)));
  cpSync(join(repository, "tests/fixtures", fixture), root, { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true, maxRetries: 3 }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  return { root, write, remove: (path: string) => rmSync(join(root, path)) };
}
