import { constants } from "node:fs";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { StepError } from "../define/step.ts";

/** Keeps copies of files that steps attach. */
export interface Artifacts {
  /** `path` is absolute; gives the id by which the copy is found. Throws StepError for what cannot be kept. */
  keep(path: string): Promise<{ readonly file: string; readonly sizeBytes: number }>;
}

/** Copies in a folder of this machine, each under an id of its own. */
export class LocalArtifacts implements Artifacts {
  readonly #folder: string;
  readonly #capBytes: number;

  /** The folder is made with the first file; larger files than `capBytes` are refused. */
  constructor({ folder, capBytes }: { readonly folder: string; readonly capBytes: number }) {
    this.#folder = folder;
    this.#capBytes = capBytes;
  }

  async keep(path: string): Promise<{ readonly file: string; readonly sizeBytes: number }> {
    this.#check(path, await facts(path));
    await mkdir(this.#folder, { recursive: true });
    // Node takes longer to load this than a small step takes to run.
    const { randomUUIDv7 } = await import("node:crypto");
    const file = randomUUIDv7();
    const copy = join(this.#folder, file);
    const beside = `${copy}.part`;
    try {
      await copyFile(path, beside, constants.COPYFILE_FICLONE);
      // It may have grown meanwhile.
      const { size } = await stat(beside);
      this.#check(path, { isFile: true, size });
      await rename(beside, copy);
      return { file, sizeBytes: size };
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
  }

  #check(path: string, { isFile, size }: { readonly isFile: boolean; readonly size: number }): void {
    if (!isFile) throw refused(`${path} cannot be attached: it is no file`);
    if (size <= this.#capBytes) return;
    throw refused(
      `${path} cannot be attached: it has ${size} bytes and at most ${this.#capBytes} are kept (\`dop.retention.attachment_bytes\`)`,
    );
  }
}

/** Where the copy with an id lies; `undefined` for a text that is no id, so that it becomes no part of a path. */
export function artifactPath(folder: string, file: string): string | undefined {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(file) ? join(folder, file) : undefined;
}

async function facts(path: string): Promise<{ readonly isFile: boolean; readonly size: number }> {
  try {
    const found = await stat(path);
    return { isFile: found.isFile(), size: found.size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw refused(`${path} cannot be attached: there is no such file`);
    throw error;
  }
}

function refused(message: string): StepError {
  return new StepError(message, { retry: "never" });
}
