import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { AssetView } from "../core/views.ts";
import { isDefined } from "../graph/joined-definitions.ts";
import type { Storage } from "../storage/storage.ts";

/** Another project, and the folder in which it is looked for: as the user writes it, or from this project on. */
export type AbsentProject = NonNullable<AssetView["absent_project"]>;

/** Knows which other projects define what this one only depends on. */
export interface AbsentProjects {
  /** By key, of assets that the snapshot does not define; those of which nothing is known are left out. */
  read(snapshot: DefinitionsSnapshot): Promise<ReadonlyMap<string, AbsentProject>>;
  /** Keeps who defines which of them, as far as is seen now; what is known of the others stays. */
  remember(snapshot: DefinitionsSnapshot, seen: ReadonlyMap<string, AbsentProject>): Promise<void>;
}

/** Under which it is kept, by key of the asset. */
const valueKey = "projects.seen";

/** `named` are the projects of `dop.projects`: keys that begin with such a name are thought to be of that project. */
export function createAbsentProjects(
  storage: Pick<Storage, "getValue" | "setValue">,
  named: { readonly [name: string]: string },
): AbsentProjects {
  let kept: Promise<Record<string, AbsentProject>> | undefined;
  const keptNow = async (): Promise<Record<string, AbsentProject>> => {
    kept ??= storage.getValue(valueKey).then((text) => (text === undefined ? {} : JSON.parse(text)));
    try {
      return await kept;
    } catch (error) {
      kept = undefined;
      throw error;
    }
  };
  const byName = (key: string): AbsentProject | undefined => {
    const name = key.split("/")[0] as string;
    const folder = Object.hasOwn(named, name) ? named[name] : undefined;
    return folder === undefined ? undefined : { name, folder };
  };
  return {
    async read(snapshot) {
      const keys = undefinedKeys(snapshot);
      if (keys.length === 0) return new Map();
      const seen = await keptNow();
      return new Map(
        keys.flatMap((key) => {
          const found = Object.hasOwn(seen, key) ? seen[key] : byName(key);
          return found === undefined ? [] : [[key, withFolder(found, named)] as const];
        }),
      );
    },
    async remember(snapshot, seen) {
      const before = await keptNow();
      const entries = undefinedKeys(snapshot).flatMap((key) => {
        const found = seen.get(key) ?? (Object.hasOwn(before, key) ? before[key] : undefined);
        return found === undefined ? [] : [[key, found] as const];
      });
      const after = Object.fromEntries(entries);
      const text = JSON.stringify(after);
      if (text === JSON.stringify(before)) return;
      await storage.setValue(valueKey, entries.length === 0 ? undefined : text);
      kept = Promise.resolve(after);
    },
  };
}

/** What the project's settings say goes before the folder in which it was seen. */
function withFolder(project: AbsentProject, named: { readonly [name: string]: string }): AbsentProject {
  const folder = Object.hasOwn(named, project.name) ? named[project.name] : undefined;
  return folder === undefined ? project : { ...project, folder };
}

function undefinedKeys({ definitions }: DefinitionsSnapshot): string[] {
  return definitions.assets.filter((asset) => !isDefined(asset)).map(({ key }) => key);
}
