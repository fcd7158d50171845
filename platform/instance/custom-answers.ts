import type { EntityKey } from "../automation/automation-facts.ts";
import type { Storage } from "../storage/storage.ts";

/** What a custom condition was answered last: by key, `"all"` where it holds, or the partitions for which it does. */
export interface StoredAnswers {
  readonly answers: { readonly [key: string]: readonly string[] | "all" };
  /** Why the last asking gave no answers; those before it hold on. */
  readonly failure?: string;
}

const prefix = "condition-answers/";

export async function readAnswers(
  storage: Pick<Storage, "listCursors">,
): Promise<ReadonlyMap<string, StoredAnswers>> {
  const stored = await storage.listCursors(prefix);
  return new Map([...stored].map(([name, text]) => [name, JSON.parse(text) as StoredAnswers]));
}

export async function writeAnswers(
  storage: Pick<Storage, "setCursor">,
  name: string,
  answers: StoredAnswers,
): Promise<void> {
  await storage.setCursor(prefix + name, JSON.stringify(answers));
}

/** As `AutomationFacts.custom` answers. */
export function answerOf(
  known: ReadonlyMap<string, StoredAnswers>,
  name: string,
  key: EntityKey,
): readonly string[] | "all" | undefined {
  const found = known.get(name)?.answers;
  return found !== undefined && Object.hasOwn(found, key) ? found[key] : undefined;
}
