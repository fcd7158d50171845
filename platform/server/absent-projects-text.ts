import type { AssetView } from "../core/views.ts";
import { isDefined } from "../graph/joined-definitions.ts";
import type { Instance } from "../instance/instance.ts";

/** Says once of each asset of a project that is not open who depends on it; the answer ends it. */
export function tellOfAbsentProjects(
  { definitions, catalog, log }: Pick<Instance, "definitions" | "catalog" | "log">,
  say: (text: string) => void,
): () => void {
  const told = new Set<string>();
  const tell = async (): Promise<void> => {
    const snapshot = definitions.current();
    // Most projects define all that they depend on, or name nobody: nothing is asked of their records then.
    if (snapshot === undefined || snapshot.definitions.assets.every(isDefined)) return;
    for (const text of absentProjectTexts(await catalog.assets())) {
      if (!told.has(text)) say(text);
      told.add(text);
    }
  };
  const start = () => {
    tell().catch((error: unknown) =>
      log.error("absent projects could not be told", { err: { message: String(error) } }),
    );
  };
  start();
  return definitions.subscribe(start);
}

/** One line for each asset that a project which is not open is known to define. */
export function absentProjectTexts(assets: readonly AssetView[]): string[] {
  const readers = new Map<string, string>();
  for (const { key, deps } of assets) for (const dep of deps) if (!readers.has(dep)) readers.set(dep, key);
  return assets.flatMap(({ key, absent_project: absent }) => {
    if (absent === undefined) return [];
    const reader = readers.get(key);
    const what = reader === undefined ? `\`${key}\` is` : `\`${reader}\` depends on \`${key}\``;
    const hint = absent.folder === null ? "" : `: open it too with \`--project ${absent.folder}\``;
    return [`${what} of the project \`${absent.name}\`, which is not open${hint}`];
  });
}
