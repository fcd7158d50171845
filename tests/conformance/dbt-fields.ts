import { type DbtManifest, type DbtNode, isBuilt } from "../../lib/dbt/manifest.ts";
import type { Answer, Fields } from "./dbt-case.ts";

/** Answers by field; fields that are not among them are unknown. */
export function only(fields: { readonly [field: string]: () => unknown }): Answer {
  return (field) => {
    const answer = fields[field];
    if (answer === undefined) throw new Error(`unknown expectation ${field}`);
    return answer();
  };
}

export function nodeOf(manifest: DbtManifest, input: Fields): DbtNode {
  const node = manifest.nodes.get(String(input["unique_id"]));
  if (node === undefined) throw new Error(`the manifest has no ${String(input["unique_id"])}`);
  return node;
}

export function builtNodes(manifest: DbtManifest): DbtNode[] {
  return [...manifest.nodes.values()].filter(isBuilt);
}
