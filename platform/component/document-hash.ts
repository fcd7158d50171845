import type { DocumentInputs } from "./document-inputs.ts";
import { hashText } from "./file-facts.ts";

export interface HashedDocument {
  readonly root: string;
  /** Hash of its text. */
  readonly key: string;
  readonly type: string;
  readonly inputs: DocumentInputs;
  /** The same on every machine for the same value of a variable. */
  fingerprint(variable: string): string | null;
}

/** The same on every machine for the same text, class, files and variables. */
export function documentHash({ root, key, type, inputs, fingerprint }: HashedDocument): string {
  const { files, lists, modules, components, variables } = inputs;
  const local = (hashes: { readonly [path: string]: string | null }) => {
    const pairs: [string, string | null][] = [];
    for (const path in hashes) pairs.push([path.replaceAll(root, ""), hashes[path] as string | null]);
    return pairs.length < 2 ? pairs : pairs.sort();
  };
  const seen = Object.keys(variables)
    .sort()
    .map((name) => [name, fingerprint(name)]);
  return hashText(
    JSON.stringify([key, type, local(files), local(lists), local(modules), local(components), seen]),
  );
}
