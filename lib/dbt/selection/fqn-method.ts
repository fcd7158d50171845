import type { DbtNode } from "../manifest.ts";
import type { DbtAbilities } from "./dbt-abilities.ts";
import type { NodeTest } from "./node-test.ts";
import { compilePattern, hasWildcard } from "./pattern.ts";

/**
 * Whether a node is called so: by its last part alone, or by its leading parts with dots between them, with or without
 * the package, where the first part with a wildcard and all behind it is a pattern for the rest.
 */
export function hasName(value: string, { matchesLastPart }: DbtAbilities): NodeTest {
  const wanted = value.split(".");
  const wildcard = wanted.findIndex(hasWildcard);
  const leading = wildcard === -1 ? wanted : wanted.slice(0, wildcard);
  const rest = wildcard === -1 ? undefined : compilePattern(wanted.slice(wildcard).join("."));
  const lastPart = matchesLastPart && wanted.length === 1 && rest !== undefined ? rest : undefined;
  const versionedEnd = wanted.slice(-2).join("_");

  const isOf = (fqn: readonly string[], isVersioned: boolean): boolean => {
    const last = (isVersioned ? fqn.at(-2) : fqn.at(-1)) ?? "";
    if (last === value && fqn.length > 0) return true;
    if (isVersioned && fqn.slice(-2).join("_") === versionedEnd) return true;
    const parts = fqn.some((part) => part.includes(".")) ? fqn.flatMap((part) => part.split(".")) : fqn;
    if (parts.length < wanted.length || !leading.every((part, at) => parts[at] === part)) return false;
    return rest === undefined || rest.test(parts.slice(wildcard).join(".")) || lastPart?.test(last) === true;
  };
  return (node) => {
    if (node.resource_type === "source") return false;
    const isVersioned = isVersionedModel(node);
    const fqn = node.fqn ?? [];
    return isOf(fqn, isVersioned) || isOf(fqn.slice(1), isVersioned);
  };
}

function isVersionedModel({ resource_type, version }: DbtNode): boolean {
  return resource_type === "model" && version !== undefined && version !== null;
}
