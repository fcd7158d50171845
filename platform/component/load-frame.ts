import { readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../core/canonical-json.ts";
import { codeStamp } from "./code-stamp.ts";
import { hashText } from "./file-facts.ts";
import type { LoadOptions } from "./load-options.ts";

/** Counts up when what is kept changes its form. */
const format = 2;

/** Hash of all that concerns every document: dop itself, its configuration and options. */
export function loadFrame({
  root,
  configuration,
  environment,
  variables,
  validateRequirements,
  classes,
}: Omit<LoadOptions, "files" | "warn">): string {
  const written = configuration === undefined ? packageText(root) : JSON.stringify(configuration);
  const given = Object.entries(classes ?? {}).map(
    ([module, found]) => `${module}: ${Object.keys(found).join(" ")}`,
  );
  return hashText(
    canonicalJson({
      format,
      root,
      written: written ?? null,
      environment: environment ?? variables["DOP_ENVIRONMENT"] ?? null,
      validateRequirements: validateRequirements ?? false,
      given,
      platform: platformStamp(),
    }),
  );
}

function packageText(root: string): string | null {
  try {
    return readFileSync(join(root, "package.json"), "utf8");
  } catch {
    return null;
  }
}

let stamp: string | undefined;

/** Changes with every change of the code that makes definitions from documents, and a snapshot from them. */
function platformStamp(): string {
  // A process has read its code once.
  stamp ??= codeStamp(["core", "cron", "define", "yaml", "template", "partition", "component", "graph"]);
  return stamp;
}
