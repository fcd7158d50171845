/**
 * Finds keys one slip of the keyboard away, for many questions over many keys: a slip in the last part of a key leaves
 * the parts before it as they are, and a slip there leaves the last part, so only such keys are compared.
 */
export class KeyHints {
  readonly #keys: readonly string[];
  #byFolder: Map<string, string[]> | undefined;
  #byName: Map<string, string[]> | undefined;

  constructor(keys: Iterable<string>) {
    this.#keys = [...keys];
  }

  /** `did you mean \`x\`?`; keys that differ in a digit only are different on purpose, and short ones by chance. */
  nearest(key: string): string | undefined {
    if (key.length < 4) return undefined;
    this.#byFolder ??= groupKeys(this.#keys, folderOf);
    this.#byName ??= groupKeys(this.#keys, nameOf);
    const wanted = key.toLowerCase();
    const candidates = [this.#byFolder.get(folderOf(wanted)) ?? [], this.#byName.get(nameOf(wanted)) ?? []];
    for (const near of candidates.flat()) {
      if (
        isOneSlipAway(wanted, near.toLowerCase()) &&
        near !== key &&
        withoutDigits(near) !== withoutDigits(key)
      ) {
        return `did you mean \`${near}\`?`;
      }
    }
    return undefined;
  }
}

function groupKeys(keys: Iterable<string>, groupOf: (key: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    const group = groupOf(key.toLowerCase());
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [key]);
    else members.push(key);
  }
  return groups;
}

function folderOf(key: string): string {
  return key.slice(0, key.lastIndexOf("/") + 1);
}

function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}

/** Whether one character more, less, other or swapped with its neighbour makes the one text the other. */
function isOneSlipAway(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let endA = a.length;
  let endB = b.length;
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) {
    endA--;
    endB--;
  }
  const [restA, restB] = [a.slice(start, endA), b.slice(start, endB)];
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}

function withoutDigits(text: string): string {
  return text.replace(/\d/g, "");
}
