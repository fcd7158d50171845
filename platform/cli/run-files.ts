import { createWriteStream } from "node:fs";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AttachmentView } from "../core/views.ts";
import type { Runs } from "../instance/runs.ts";
import { bytesText } from "./bytes-text.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { tableText } from "./table-text.ts";

/** Files of a run as rows. */
export function fileTable(attachments: readonly AttachmentView[]): string {
  const rows = attachments.map(
    ({ file, name, media_type: type, size_bytes: size, step, asset, partition }) => [
      file,
      name,
      type,
      bytesText(size),
      step,
      asset === null ? "" : `${asset}${partition === null ? "" : ` [${partition}]`}`,
    ],
  );
  return tableText(["file", "name", "type", "size", "step", "asset"], rows);
}

interface SaveRequest {
  readonly attachments: readonly AttachmentView[];
  /** Id or name; of several files of one name the newest. */
  readonly save: string;
  readonly out: string | undefined;
}

/** Writes one file and gives its path; one that is there already is not overwritten. Throws CommandError. */
export async function saveAttachment(
  runs: Runs,
  { attachments, save, out }: SaveRequest,
  { folder }: Pick<CommandContext, "folder">,
): Promise<string> {
  const wanted =
    attachments.find(({ file }) => file === save) ?? attachments.find(({ name }) => name === save);
  if (wanted === undefined) {
    const names = attachments.map(({ name }) => name);
    throw new CommandError(
      `the run has no file \`${save}\``,
      names.length === 0 ? "its steps attached none" : `it has ${names.slice(0, 10).join(", ")}`,
    );
  }
  const attachment = await runs.readAttachment(wanted.file);
  if (attachment === undefined)
    throw new CommandError(`\`${wanted.name}\` is kept no more: its file is gone from .dop`);
  // A step chose the name: it says no folder.
  const path = resolve(folder, out ?? basename(wanted.name.replaceAll("\\", "/")));
  try {
    await pipeline(Readable.fromWeb(attachment.open() as never), createWriteStream(path, { flags: "wx" }));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
    throw new CommandError(`${path} is there already`, "give another place with --out");
  }
  return path;
}
