import type { DynamicPartitionsView } from "../core/views.ts";
import { tableText } from "./table-text.ts";

/** Keys and users that a row names; of more it tells the number. */
const mostNamed = 10;

export function partitionsTable(all: readonly DynamicPartitionsView[]): string {
  const rows = all.map(({ name, count, keys, used_by: users }) => [
    name,
    String(count),
    shortList(keys),
    shortList(users),
  ]);
  return tableText(["partitions", "count", "keys", "used by"], rows);
}

/** The newest ones stand at the end, so the first are left out. */
function shortList(names: readonly string[]): string {
  const shown = names.slice(-mostNamed).join(", ");
  return names.length > mostNamed ? `… ${shown}` : shown;
}
