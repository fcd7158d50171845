import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { hashText } from "./file-facts.ts";

const platform = fileURLToPath(new URL("../", import.meta.url));

/** Changes with every change of dop's code on these floors; their folders are not looked into. */
export function codeStamp(floors: readonly string[]): string {
  const parts = floors.flatMap((floor) =>
    readdirSync(join(platform, floor))
      .filter((name) => name.endsWith(".ts"))
      .map((name) => {
        const { size, mtimeMs } = statSync(join(platform, floor, name));
        return `${floor}/${name}:${size}:${mtimeMs}`;
      }),
  );
  return hashText(parts.join("\n"));
}
