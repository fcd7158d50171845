import { canonicalJson } from "../core/canonical-json.ts";
import type { AutomationCondition } from "../core/condition.ts";
import type { EntityKey } from "./automation-facts.ts";
import { textHash } from "./text-hash.ts";

const hashes = new WeakMap<AutomationCondition, string>();

/** Under what a node's state is kept: its condition without labels and scopes, and whom it asks about. */
export function nodeKey(condition: AutomationCondition, entity: EntityKey, root: EntityKey): string {
  let hash = hashes.get(condition);
  if (hash === undefined) {
    hash = hashOf(canonicalJson(meaning(condition)));
    hashes.set(condition, hash);
  }
  return entity === root ? hash : `${hash}@${entity}`;
}

const unmeant: ReadonlySet<string> = new Set(["label", "allow", "ignore", "throughViews"]);

function meaning(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(meaning);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !unmeant.has(name))
      .map(([name, part]) => [name, meaning(part)]),
  );
}

/** Two 32-bit hashes with different starts, as 16 hexadecimal digits. */
function hashOf(text: string): string {
  return [0x811c9dc5, 0x9e3779b9]
    .map((start) => textHash(text, start).toString(16).padStart(8, "0"))
    .join("");
}
