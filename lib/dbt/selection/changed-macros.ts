import type { DbtManifest } from "../manifest.ts";

type WithMacros = Pick<DbtManifest, "macros">;

/** Macros that are new, gone or of another text since, and all that call one of these. */
export function changedMacros(before: WithMacros, now: WithMacros): ReadonlySet<string> {
  const changed = new Set<string>();
  for (const [id, { hash }] of now.macros) if (before.macros.get(id)?.hash !== hash) changed.add(id);
  for (const id of before.macros.keys()) if (!now.macros.has(id)) changed.add(id);
  if (changed.size === 0) return changed;
  const callers = new Map<string, string[]>();
  for (const [id, { macros }] of now.macros)
    for (const called of macros) callers.set(called, [...(callers.get(called) ?? []), id]);
  // A set that grows while it is walked is walked to its end.
  for (const id of changed) for (const caller of callers.get(id) ?? []) changed.add(caller);
  return changed;
}
