import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { memoryFiles } from "../../platform/component/file-system.ts";
import type { LoadOptions, LoadResult } from "../../platform/component/load-options.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import type { ComponentClass } from "../../platform/define/component.ts";
import { fixtureClasses } from "./fixture-classes.ts";

const fixture = Object.fromEntries(
  Object.entries(fixtureClasses).map(([type, componentClass]) => [
    type.replace("fixture.", ""),
    componentClass,
  ]),
) as { [name: string]: ComponentClass };

export const classes = { fixture };

/** A project on disk, removed at the end of the scope that uses it. */
export class ProjectFolder implements Disposable {
  readonly root = mkdtempSync(join(tmpdir(), "dop-component-"));

  constructor(files: { readonly [path: string]: string }) {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  path(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string | Uint8Array): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    writeFileSync(this.path(path), text);
  }

  remove(path: string): void {
    rmSync(this.path(path), { recursive: true });
  }

  load(options: Partial<LoadOptions> = {}): Promise<LoadResult> {
    return loadProject({ root: this.root, variables: {}, classes, ...options });
  }

  [Symbol.dispose](): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Loads a project whose files are all in memory. */
export function loadFiles(
  files: { readonly [path: string]: string },
  options: Partial<LoadOptions> = {},
): Promise<LoadResult> {
  const absolute = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [`/project/${path}`, text]),
  );
  return loadProject({ root: "/project", variables: {}, classes, files: memoryFiles(absolute), ...options });
}

/** A document that makes one asset. */
export function assetDocument(key: string, more = ""): string {
  return `type: fixture.Assets\nattributes:\n  assets: [{key: ${key}${more}}]\n`;
}

export function keysOf({ project }: LoadResult): string[] {
  return project.components.flatMap(({ specs }) => specs.assets.map(({ key }) => key as string));
}
