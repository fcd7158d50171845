import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { Problem, ProblemCode, RelatedPlace } from "../core/problem.ts";
import type { Span } from "../core/span.ts";

export interface MergeFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly span: Span;
  readonly hint?: string | undefined;
  readonly severity?: "error" | "warning";
  readonly related?: readonly RelatedPlace[];
}

/** Collects what is wrong, and which components have errors and are therefore quarantined. */
export class MergeProblems {
  readonly problems: Problem[] = [];
  readonly #quarantined = new Set<string>();

  report(
    { severity = "error", related = [], hint, ...fault }: MergeFault,
    ...components: readonly ComponentId[]
  ): void {
    this.problems.push({ ...fault, severity, related, ...(hint === undefined ? {} : { hint }) });
    if (severity !== "error") return;
    for (const { file, document } of components) this.#quarantined.add(`${file}#${document}`);
  }

  isQuarantined({ file, document }: ComponentId): boolean {
    return this.#quarantined.has(`${file}#${document}`);
  }
}
