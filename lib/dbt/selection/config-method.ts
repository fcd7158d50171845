import { isPlainObject } from "#platform";
import type { NodeTest } from "./node-test.ts";
import type { Criterion } from "./selection-tree.ts";

const unconfigurable = new Set([
  "exposure",
  "metric",
  "semantic_model",
  "saved_query",
  "unit_test",
  "function",
]);

/**
 * Whether a setting of a node, such as `meta.owner`, has the value, or is a list that holds it. Text is not a number:
 * `config.meta.level:3` finds no node whose level is the number 3; the words `true` and `false` mean the booleans.
 */
export function hasConfig({ arguments: path, value }: Criterion): NodeTest {
  const ignoresCase = path.length === 1 && path[0] === "severity";
  const word =
    typeof value === "string" || typeof value === "boolean" ? String(value).toLowerCase() : undefined;
  const isWanted = (found: unknown): boolean =>
    isSame(value, found) ||
    (ignoresCase && typeof found === "string" && found.toLowerCase() === word) ||
    (word === "true" && found === true) ||
    (word === "false" && found === false);
  return (node) => {
    if (unconfigurable.has(node.resource_type)) return false;
    let found: unknown = node.config;
    for (const part of path) {
      if (!isPlainObject(found) || !Object.hasOwn(found, part)) return false;
      found = found[part];
    }
    return Array.isArray(found) ? found.some(isWanted) : isWanted(found);
  };
}

/** As Python compares: `true` and 1 are the same, lists and mappings by what they hold. */
function isSame(a: unknown, b: unknown): boolean {
  if (isNumeric(a) && isNumeric(b)) return Number(a) === Number(b);
  if (typeof a === "object" && a !== null && typeof b === "object" && b !== null) {
    return Array.isArray(a) === Array.isArray(b) && JSON.stringify(a) === JSON.stringify(b);
  }
  return a === b && a !== null && a !== undefined;
}

function isNumeric(value: unknown): value is number | boolean {
  return typeof value === "number" || typeof value === "boolean";
}
