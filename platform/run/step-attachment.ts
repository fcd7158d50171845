import { basename, resolve } from "node:path";
import type { RunEventBody } from "../core/event.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { type AttachOptions, StepError } from "../define/step.ts";
import type { Artifacts } from "./local-artifacts.ts";
import { mediaTypeOf } from "./media-type.ts";
import type { StepReports } from "./step-reports.ts";

export interface AttachmentSetting {
  readonly step: PlannedStep;
  readonly reports: StepReports;
  readonly artifacts: Artifacts | undefined;
  readonly projectRoot: string;
  emit(body: RunEventBody): void;
}

/** Keeps a file of a step, by a path from the project's root, and tells of it; gives its id. */
export async function attachFile(
  path: string,
  { name, mediaType, asset }: AttachOptions,
  { step, reports, artifacts, projectRoot, emit }: AttachmentSetting,
): Promise<string> {
  if (asset !== undefined) reports.requireSelected(asset);
  if (artifacts === undefined) {
    throw new StepError("files cannot be attached here: there is no folder to keep them in", {
      retry: "never",
    });
  }
  const absolute = resolve(projectRoot, path);
  const { file, sizeBytes } = await artifacts.keep(absolute);
  const shown = name ?? basename(absolute);
  const [only, ...others] = step.partitions ?? [];
  reports.requireOpen();
  emit({
    type: "file.attached",
    step: step.key,
    file,
    name: shown,
    mediaType: mediaType ?? mediaTypeOf(shown),
    sizeBytes,
    ...(asset === undefined ? {} : { asset }),
    ...(asset === undefined || only === undefined || others.length > 0 ? {} : { partition: only }),
  });
  return file;
}
