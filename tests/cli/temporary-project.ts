import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { commandTable } from "../../platform/cli/command-table.ts";
import { runCommandLine } from "../../platform/cli/run-command-line.ts";
import { capturedContext } from "./captured-context.ts";

const parent = fileURLToPath(new URL("../../.dop/tests/", import.meta.url));

/** A project in a folder of its own; below this repository, so that its classes find the packages they import. */
export class TemporaryProject implements Disposable {
  readonly root: string;

  constructor(files: { readonly [path: string]: string }, configuration: object = {}) {
    mkdirSync(parent, { recursive: true });
    this.root = mkdtempSync(join(parent, "project-"));
    this.write({
      "package.json": JSON.stringify({ type: "module", dop: configuration }, undefined, 2),
      ...files,
    });
  }

  write(files: { readonly [path: string]: string }): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true });
      writeFileSync(join(this.root, path), text);
    }
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), "utf8");
  }

  /** Runs a command in it, in this process. */
  async run(args: readonly string[], env: { readonly [name: string]: string } = {}): Promise<CommandResult> {
    const context = capturedContext(this.root, { DOP_CACHE: "off", ...env });
    const code = await runCommandLine(args, commandTable, context);
    return { code, out: context.out(), talk: context.talk() };
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export interface CommandResult {
  readonly code: number;
  readonly out: string;
  readonly talk: string;
}

/** A component file of external assets, one line of fields for each. */
export function externalAssets(...assets: readonly string[]): string {
  return `type: lib.ExternalAssetsComponent\nattributes:\n  assets:\n${assets.map((fields) => `    - { ${fields} }\n`).join("")}`;
}
