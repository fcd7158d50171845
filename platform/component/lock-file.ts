import type { Problem } from "../core/problem.ts";
import { isPlainObject } from "../core/secret.ts";
import type { ComponentLock } from "../define/lock.ts";
import { parseDocuments } from "../yaml/document.ts";
import { problemAt } from "./make-problem.ts";

export const lockFileName = "lock.yaml";

/** Locks of a folder's components by their names. */
export interface ReadLocks {
  readonly locks: ReadonlyMap<string, ComponentLock>;
  readonly problems: readonly Problem[];
}

const textFields = ["component", "refreshed_at", "input_hash"] as const;

/** Reads `lock.yaml`: one document per component of the folder. */
export function readLocks(file: string, text: string): ReadLocks {
  const problems: Problem[] = [];
  const locks = new Map<string, ComponentLock>();
  for (const document of parseDocuments(file, text, (problem) => problems.push(problem))) {
    const { value } = document;
    if (!isPlainObject(value) || value["schema"] !== "dop.lock/1") {
      const message = "this is no lock: `schema: dop.lock/1` is expected";
      problems.push(problemAt(document.nearestSpan(["schema"]), "invalid-lock", message, { hint: refresh }));
      continue;
    }
    const wrong = textFields.find((field) => typeof value[field] !== "string");
    if (wrong !== undefined || !("content" in value)) {
      const field = wrong ?? "content";
      const message = `the lock has no \`${field}\``;
      problems.push(problemAt(document.nearestSpan([field]), "invalid-lock", message, { hint: refresh }));
      continue;
    }
    const lock = value as unknown as ComponentLock;
    if (locks.has(lock.component)) {
      const message = `\`${lock.component}\` has two locks in this file`;
      problems.push(
        problemAt(document.nearestSpan(["component"]), "duplicate-lock", message, {
          hint: "keep the newer one",
        }),
      );
      continue;
    }
    locks.set(lock.component, lock);
  }
  return { locks, problems };
}

const refresh = "`dop problem invalid-lock` shows its form";
