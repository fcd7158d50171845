import { createHash } from "node:crypto";
import { namesText } from "../core/names-text.ts";
import type { ReadFile, WatchedFile } from "../instance/watched-files.ts";
import type { SensorEvaluation, SensorRequest } from "./sensor-evaluation.ts";

export interface FileSettings {
  /** Regular expression over a file's name; its first group is the partition. Throws SyntaxError for a wrong one. */
  readonly partition_from?: string;
  /** One request for each file, or one for all that have come to rest together. */
  readonly each?: "file" | "batch";
  /** When a file is another one: by path, time of change and size, or by what it holds. */
  readonly identity?: "path" | "content";
}

/**
 * What a file sensor remembers of a file: size, time of change, when it was first seen so, and whether it is done with
 * (2: left out, with a reason that was told).
 */
type Seen = readonly [sizeBytes: number, modifiedAtMs: number, sinceMs: number, done: 0 | 1 | 2];

interface FileCursor {
  readonly files: { readonly [path: string]: Seen };
  /** By what files held that were asked for, the first that did; where that is their identity. */
  readonly contents?: { readonly [hash: string]: string };
}

export interface FileLook extends FileSettings {
  readonly cursor: string | null;
  readonly settleMs: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly read: ReadFile;
}

/** Files that are asked for in one look; the others at the next, which follows at once. */
const mostAtOnce = 100;
/** Contents that are remembered; a file that repeats an older one is asked for, and makes no second run by its key. */
const mostContents = 10_000;
/** Names in a reason or a tag. */
const mostNamed = 20;

/**
 * Requests for files that have rested: size and time of change were the same for `settleMs`. A file that changes is
 * another one. Empty ones, repeated ones and those that cannot be read are left out, with a reason.
 */
export async function evaluateFiles(
  files: readonly WatchedFile[],
  look: FileLook,
): Promise<SensorEvaluation> {
  const before: FileCursor = look.cursor === null ? { files: {} } : (JSON.parse(look.cursor) as FileCursor);
  const looks = files.map((file) => rested(file, before.files[file.path], look));
  const fresh = looks.filter(({ isNew }) => isNew);
  const resting = looks.filter(({ seen, isNew }) => seen[3] === 0 && !isNew).length;
  const isBatch = look.each === "batch";
  // A batch is whole when nothing is still being written.
  const taken = isBatch ? (resting > 0 ? [] : fresh) : fresh.slice(0, mostAtOnce);
  const judged = await judge(
    taken.map(({ file }) => file),
    before,
    look,
  );
  const done = new Map(judged.map(({ file, done }) => [file.path, done]));
  const after = Object.fromEntries(
    looks.map(({ file, seen }) => {
      const mark = done.get(file.path);
      return [file.path, mark === undefined ? seen : ([seen[0], seen[1], seen[2], mark] satisfies Seen)];
    }),
  );
  const wanted = judged.filter((one): one is Judged & { taken: TakenFile } => one.taken !== undefined);
  const requests = isBatch
    ? batches(wanted.map(({ taken }) => taken))
    : wanted.map(({ taken }) => requestFor(taken));
  const notes = faultTexts(judged);
  const contents = contentsAfter(
    before.contents,
    wanted.map(({ taken }) => taken),
  );
  const rest = fresh.length - taken.length;
  return {
    requests,
    notes,
    cursor: JSON.stringify({
      files: after,
      ...(contents === undefined ? {} : { contents }),
    } satisfies FileCursor),
    ...(rest > 0 && !isBatch ? { hasMore: true } : {}),
    ...(requests.length > 0 ? {} : { skipReason: notes.join("; ") || waitingText(resting) }),
  };
}

/** What a file is now, and whether it has come to rest since the look before. */
function rested(
  file: WatchedFile,
  [size, modified, sinceMs, done]: Seen = [-1, 0, 0, 0],
  { settleMs, now }: Pick<FileLook, "settleMs" | "now">,
): { readonly file: WatchedFile; readonly seen: Seen; readonly isNew: boolean } {
  const { sizeBytes, modifiedAtMs } = file;
  const isSame = size === sizeBytes && modified === modifiedAtMs;
  const since = isSame ? sinceMs : now;
  return {
    file,
    seen: [sizeBytes, modifiedAtMs, since, isSame ? done : 0],
    isNew: isSame && done === 0 && now - since >= settleMs,
  };
}

interface TakenFile {
  readonly file: WatchedFile;
  readonly hash?: string;
  /** `undefined` where names tell no partition. */
  readonly partition: string | undefined;
}

interface Judged {
  readonly file: WatchedFile;
  readonly done: 0 | 1 | 2;
  readonly taken?: TakenFile;
  readonly fault?: "empty" | "nameless" | "unreadable" | "repeated";
  /** What the fault is about. */
  readonly detail?: string;
}

async function judge(
  files: readonly WatchedFile[],
  { contents = {} }: FileCursor,
  { identity, read, partition_from: partitionFrom }: FileLook,
): Promise<Judged[]> {
  const judged: Judged[] = [];
  const known = new Map(Object.entries(contents));
  for (const file of files) {
    const { path, sizeBytes } = file;
    const partition = partitionOf(file, partitionFrom);
    if (sizeBytes === 0) judged.push({ file, done: 2, fault: "empty" });
    else if (partition === null) judged.push({ file, done: 2, fault: "nameless" });
    else {
      try {
        const hash = await read(path, identity === "content" ? "hash" : "access");
        const first = identity === "content" ? known.get(hash) : undefined;
        if (first !== undefined) judged.push({ file, done: 2, fault: "repeated", detail: first });
        else {
          if (identity === "content") known.set(hash, path);
          judged.push({
            file,
            done: 1,
            taken: { file, partition, ...(identity === "content" ? { hash } : {}) },
          });
        }
      } catch (error) {
        // It may be readable, or gone, at the next look.
        const code = (error as NodeJS.ErrnoException).code ?? String(error);
        if (code !== "ENOENT") judged.push({ file, done: 0, fault: "unreadable", detail: code });
      }
    }
  }
  return judged;
}

/** `undefined` where names tell no partition; `null` for a name that should and does not. */
function partitionOf({ path }: WatchedFile, partitionFrom: string | undefined): string | null | undefined {
  if (partitionFrom === undefined) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return new RegExp(partitionFrom, "u").exec(name)?.[1] ?? null;
}

function runKeyOf({ file: { path, modifiedAtMs, sizeBytes }, hash }: TakenFile): string {
  return hash === undefined ? `${path} ${modifiedAtMs} ${sizeBytes}` : `content ${hash}`;
}

function requestFor(taken: TakenFile): SensorRequest {
  return {
    runKey: runKeyOf(taken),
    tags: { "dop/file": taken.file.path },
    ...(taken.partition === undefined ? {} : { partition: taken.partition }),
  };
}

/** One request, or one for each partition. */
function batches(taken: readonly TakenFile[]): SensorRequest[] {
  return [...Map.groupBy(taken, ({ partition }) => partition)].map(([partition, files]) => ({
    runKey: `batch ${createHash("sha256").update(files.map(runKeyOf).join("\n")).digest("hex")}`,
    tags: {
      "dop/files": namesText(
        files.map(({ file }) => file.path),
        mostNamed,
      ),
      "dop/file_count": String(files.length),
    },
    ...(partition === undefined ? {} : { partition }),
  }));
}

function contentsAfter(
  before: FileCursor["contents"],
  taken: readonly TakenFile[],
): FileCursor["contents"] | undefined {
  const fresh = taken.flatMap(({ hash, file }) => (hash === undefined ? [] : [[hash, file.path] as const]));
  if (before === undefined && fresh.length === 0) return undefined;
  return Object.fromEntries([...Object.entries(before ?? {}), ...fresh].slice(-mostContents));
}

const faultWords = {
  empty: "empty",
  nameless: "no partition in the name",
  unreadable: "cannot be read",
  repeated: "holds what was asked for already",
} as const;

function faultTexts(judged: readonly Judged[]): string[] {
  const faulty = judged.filter(({ fault }) => fault !== undefined);
  return [...Map.groupBy(faulty, ({ fault }) => fault as keyof typeof faultWords)].map(([fault, found]) => {
    const names = found.map(({ file, detail }) =>
      detail === undefined ? file.path : `${file.path} (${fault === "repeated" ? `as ${detail}` : detail})`,
    );
    return `${faultWords[fault]}: ${namesText(names, mostNamed)}`;
  });
}

function waitingText(resting: number): string {
  if (resting > 0) return `${resting} ${resting === 1 ? "file has" : "files have"} not rested yet`;
  return "no new file";
}
