import { readFileSync } from "node:fs";

/**
 * The documents of `example.yaml` beside a class's module that show this class, as text. Read when it is asked
 * for, so that loading a component opens no file for it.
 */
export function exampleOf(moduleUrl: string, className: string): string {
  const text = readFileSync(new URL("example.yaml", moduleUrl), "utf8");
  const shown = text
    .split(/^---$/m)
    .map((document) => document.trim())
    .filter((document) => new RegExp(`^type: lib\\.${className}$`, "m").test(document));
  if (shown.length === 0) throw new Error(`${moduleUrl}: example.yaml shows no lib.${className}`);
  return `${shown.join("\n---\n")}\n`;
}
