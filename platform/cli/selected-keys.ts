import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { hintForNothing, selectKeys } from "../instance/select-keys.ts";
import { CommandError } from "./command-context.ts";

/** The keys that a selection names; nothing matching is refused, as well as a text that is no selection. */
export function selectedKeys(snapshot: DefinitionsSnapshot, text: string): ReadonlySet<string> {
  const keys = selectKeys(snapshot, text);
  if (keys.length > 0) return new Set(keys);
  throw new CommandError(
    `the selection \`${text}\` matches no asset`,
    hintForNothing(snapshot, text) ?? "`dop list assets` shows all keys",
  );
}
