import { createHash } from "node:crypto";
import { canonicalJson } from "../core/canonical-json.ts";
import type { ComponentId, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { StartRun } from "../host/run-worker.ts";

const stamps = new WeakMap<DefinitionsSnapshot, string>();

/** Changes with the code of any document, also where the definitions stay the same. */
export function definitionsStamp(snapshot: DefinitionsSnapshot): string {
  let stamp = stamps.get(snapshot);
  if (stamp === undefined) {
    const hashes = snapshot.components.map(({ file, document, hash }) => [file, document, hash]);
    stamp = createHash("sha256")
      .update(canonicalJson([snapshot.environment, hashes]))
      .digest("hex");
    stamps.set(snapshot, stamp);
  }
  return stamp;
}

/** Hashes of the documents that the plan's steps, resources, IO managers and hooks come from. */
export function documentsOf(
  { components }: Pick<DefinitionsSnapshot, "components">,
  { steps, resources, ioManagers, hooks = {} }: RunPlan,
): StartRun["documents"] {
  const places: ComponentId[] = [
    ...steps.map(({ component }) => component),
    ...Object.values(resources),
    ...Object.values(ioManagers),
    ...Object.values(hooks),
  ];
  const named = new Set(places.map(({ file, document }) => `${file}#${document}`));
  return components
    .filter(({ file, document }) => named.has(`${file}#${document}`))
    .map(({ file, document, hash }) => ({ file, document, hash }));
}
