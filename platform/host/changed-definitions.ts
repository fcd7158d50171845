import type { LoadedComponent } from "../core/loaded-project.ts";
import type { MessageBody } from "./message.ts";

/** Throws ChangedDefinitionsError where a document, as it was found now, is not what it was when the run was planned. */
export function refuseChanged(
  { file, document, hash }: MessageBody<"startRun">["documents"][number],
  components: readonly Pick<LoadedComponent, "file" | "document" | "hash" | "status">[] = [],
): void {
  const found = components.find((component) => component.file === file && component.document === document);
  if (found?.hash === hash && found.status !== "quarantined") return;
  const place = document === 1 ? file : `${file} (document ${document})`;
  throw new ChangedDefinitionsError(
    found === undefined
      ? `${place} is gone since the run was planned; start it again`
      : found.status === "quarantined"
        ? `${place} cannot be loaded any more: \`dop check\` tells why`
        : `${place} has changed since the run was planned; start it again`,
  );
}

class ChangedDefinitionsError extends Error {
  override readonly name = "ChangedDefinitionsError";
}
