import type { WatchedFile } from "../instance/watched-files.ts";
import type { SensorEvaluation, SensorRequest } from "./sensor-evaluation.ts";

/** What a file sensor remembers of a file: size, time of change, when it was first seen so, and whether it is done with. */
type Seen = readonly [sizeBytes: number, modifiedAtMs: number, sinceMs: number, done: 0 | 1];

interface FileCursor {
  readonly files: { readonly [path: string]: Seen };
}

/**
 * One request for each file that has rested: size and time of change were the same for `settleMs`. A file that changes
 * is another one. Empty ones are left out, with a reason.
 */
export function evaluateFiles(
  files: readonly WatchedFile[],
  {
    cursor,
    settleMs,
    now,
    partitionFrom,
  }: {
    readonly cursor: string | null;
    readonly settleMs: number;
    readonly now: number;
    /** Regular expression over a file's name; its first group is the partition. Throws SyntaxError for a wrong one. */
    readonly partitionFrom?: string | undefined;
  },
): SensorEvaluation {
  const before = cursor === null ? {} : (JSON.parse(cursor) as FileCursor).files;
  const looks = files.map((file) => look(file, before[file.path], { settleMs, now }));
  const rested = looks.filter(({ isNew }) => isNew).map(({ file }) => file);
  const empty = rested.filter(({ sizeBytes }) => sizeBytes === 0);
  const whole = rested.filter(({ sizeBytes }) => sizeBytes > 0);
  const resting = looks.filter(({ seen }) => seen[3] === 0).length;
  const after = Object.fromEntries(looks.map(({ file, seen }) => [file.path, seen]));
  const named = whole.map((file) => ({ file, partition: partitionOf(file, partitionFrom) }));
  const nameless = named.filter(({ partition }) => partition === null).map(({ file }) => file.path);
  const requests = named.flatMap(({ file, partition }) =>
    partition === null ? [] : [requestFor(file, partition)],
  );
  return {
    requests,
    cursor: JSON.stringify({ files: after } satisfies FileCursor),
    ...(requests.length > 0 ? {} : { skipReason: skipReason({ empty, nameless, resting }) }),
  };
}

/** `undefined` where names tell no partition; `null` for a name that should and does not. */
function partitionOf({ path }: WatchedFile, partitionFrom: string | undefined): string | null | undefined {
  if (partitionFrom === undefined) return undefined;
  const name = path.slice(path.lastIndexOf("/") + 1);
  return new RegExp(partitionFrom, "u").exec(name)?.[1] ?? null;
}

function requestFor(
  { path, modifiedAtMs, sizeBytes }: WatchedFile,
  partition: string | undefined,
): SensorRequest {
  return {
    runKey: `${path} ${modifiedAtMs} ${sizeBytes}`,
    tags: { "dop/file": path },
    ...(partition === undefined ? {} : { partition }),
  };
}

/** What a file is now, and whether it has come to rest since the look before. */
function look(
  file: WatchedFile,
  [size, modified, sinceMs, done]: Seen = [-1, 0, 0, 0],
  { settleMs, now }: { readonly settleMs: number; readonly now: number },
): { readonly file: WatchedFile; readonly seen: Seen; readonly isNew: boolean } {
  const { sizeBytes, modifiedAtMs } = file;
  const isSame = size === sizeBytes && modified === modifiedAtMs;
  const since = isSame ? sinceMs : now;
  const hasRested = isSame && (done === 1 || now - since >= settleMs);
  return {
    file,
    seen: [sizeBytes, modifiedAtMs, since, hasRested ? 1 : 0],
    isNew: hasRested && done === 0,
  };
}

function skipReason({
  empty,
  nameless,
  resting,
}: {
  readonly empty: readonly WatchedFile[];
  readonly nameless: readonly string[];
  readonly resting: number;
}): string {
  if (empty.length > 0) return `empty: ${empty.map(({ path }) => path).join(", ")}`;
  if (nameless.length > 0) return `no partition in the name: ${nameless.join(", ")}`;
  if (resting > 0) return `${resting} ${resting === 1 ? "file has" : "files have"} not rested yet`;
  return "no new file";
}
