import type { LoadedComponent } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import type { MessageBody } from "./message.ts";

/** Throws ChangedDefinitionsError where a document, as it was found now, is not what it was when the run was planned. */
export function refuseChanged(
  { file, document, hash }: MessageBody<"startRun">["documents"][number],
  {
    components,
    problems,
  }: {
    readonly components: readonly Pick<LoadedComponent, "file" | "document" | "hash" | "status">[];
    readonly problems: readonly Pick<Problem, "severity" | "message" | "span">[];
  },
): void {
  const found = components.find((component) => component.file === file && component.document === document);
  if (found?.hash === hash && found.status !== "quarantined") return;
  const place = document === 1 ? file : `${file} (document ${document})`;
  throw new ChangedDefinitionsError(
    found === undefined
      ? `${place} is gone since the run was planned; start it again`
      : found.status === "quarantined"
        ? `${place} cannot be loaded any more: ${reasonIn(file, problems)}`
        : `${place} has changed since the run was planned; start it again`,
  );
}

function reasonIn(file: string, problems: readonly Pick<Problem, "severity" | "message" | "span">[]): string {
  const first = problems.find(({ severity, span }) => severity === "error" && span.file === file);
  return first?.message ?? "`dop check` tells why";
}

class ChangedDefinitionsError extends Error {
  override readonly name = "ChangedDefinitionsError";
}
