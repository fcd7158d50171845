import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One case of `automation.json`; what `setup`, `steps` and `expect` hold depends on the area. */
export interface AutomationCase {
  readonly id: string;
  readonly area: string;
  readonly source: string;
  readonly setup: { readonly [key: string]: unknown };
  readonly steps: readonly { readonly op?: string; readonly [key: string]: unknown }[];
  readonly expect: unknown;
}

const folder =
  process.env["DOP_CONFORMANCE_DIR"] ??
  fileURLToPath(new URL("../../../shared/conformance", import.meta.url));
const file = join(folder, "automation.json");

/** Why there are no cases, or nothing. */
export const missingCases: string | undefined = existsSync(file) ? undefined : `${file} is not there`;

/** The cases of one area whose steps are all among `ops`; empty without the file. */
export function automationCases(area: string, ops: readonly string[]): AutomationCase[] {
  if (missingCases !== undefined) return [];
  const cases = JSON.parse(readFileSync(file, "utf8")) as AutomationCase[];
  return cases.filter(
    (one) => one.area === area && one.steps.every(({ op }) => op !== undefined && ops.includes(op)),
  );
}
