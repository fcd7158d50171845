import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import { checkText, largestFileBytes } from "../yaml/check-text.ts";
import { parseDocuments, type SourceDocument } from "../yaml/document.ts";
import { isFolderType } from "./built-in-components.ts";
import { type ComponentDeclaration, readDeclaration } from "./declaration.ts";
import { type FileFacts, hashText } from "./file-facts.ts";
import { problemAt } from "./make-problem.ts";

/** What is kept of one document of a component file. */
export interface DocumentRecord {
  readonly index: number;
  /** Hash of its text and of the line where it starts. */
  readonly key: string;
  readonly line: number;
  readonly type?: string;
  readonly templateVarsModule?: string;
}

/** What is kept of one component file; equal hash, equal record. */
export interface FileRecord {
  readonly hash: string;
  readonly documents: readonly DocumentRecord[];
  readonly problems: readonly Problem[];
}

export interface OpenDocument {
  readonly document: SourceDocument;
  readonly declaration: ComponentDeclaration;
}

/** A component file that has been read; its documents are parsed again when someone needs them. */
export class ComponentFile {
  /** Relative to the project. */
  readonly file: string;
  readonly folder: string;
  record: FileRecord;
  readonly #read: () => { record: FileRecord; open: OpenDocument[] };
  #open: OpenDocument[] | undefined;

  constructor(
    file: string,
    known: FileRecord | undefined,
    read: () => { record: FileRecord; open: OpenDocument[] },
  ) {
    this.file = file;
    this.folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".";
    this.#read = read;
    if (known === undefined) {
      const { record, open } = read();
      this.record = record;
      this.#open = open;
    } else {
      this.record = known;
    }
  }

  get isFolder(): boolean {
    return this.record.documents.some(({ type }) => isFolderType(type));
  }

  open(index: number): OpenDocument | undefined {
    this.#open ??= this.#read().open;
    return this.#open.find(({ document }) => document.index === index);
  }

  /** Lets go of syntax trees and values. */
  release(): void {
    for (const { document } of this.#open ?? []) document.release();
    this.#open = undefined;
  }
}

/** Reads a component file; `path` is absolute. The record of an unchanged one is taken as it is. */
export function readComponentFile(
  path: string,
  file: string,
  { facts, known }: { readonly facts: FileFacts; readonly known: FileRecord | undefined },
): ComponentFile {
  const isCurrent = known !== undefined && facts.hash(path) === known.hash;
  return new ComponentFile(file, isCurrent ? known : undefined, () => readDocuments(path, file, facts));
}

function readDocuments(
  path: string,
  file: string,
  facts: FileFacts,
): { record: FileRecord; open: OpenDocument[] } {
  const problems: Problem[] = [];
  const broken = (problem: Problem) => ({
    record: { hash: "", documents: [], problems: [problem] },
    open: [],
  });
  const stat = facts.stat(path);
  if (stat === undefined || stat.kind !== "file") {
    const what = stat?.kind === "folder" ? "is a folder" : "cannot be looked at";
    return broken(problemAt(startOf(file), "unreadable-file", `${file} ${what}, so it cannot be read`));
  }
  if (stat.sizeBytes > largestFileBytes) {
    const size = (stat.sizeBytes / 1024 / 1024).toFixed(1);
    const message = `the file has ${size} MB; at most 8 MB are read`;
    return broken(problemAt(startOf(file), "file-too-large", message, { hint: "split the file" }));
  }
  let bytes: Uint8Array;
  try {
    bytes = facts.files.readFile(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return broken(problemAt(startOf(file), "unreadable-file", `${file} cannot be read: ${reason}`));
  }
  const hash = facts.noteBytes(path, bytes);
  const text = checkText(file, bytes, (problem) => problems.push(problem));
  if (text === undefined) return { record: { hash, documents: [], problems }, open: [] };
  const parsed = parseDocuments(file, text, (problem) => problems.push(problem));
  if (parsed.length === 0 && problems.length === 0) {
    const hint = "a component file holds one or more documents with `type`";
    problems.push(problemAt(startOf(file), "no-components-in-file", `${file} holds no component`, { hint }));
  }
  const open = parsed.map((document) => ({
    document,
    declaration: readDeclaration(document, (problem) => problems.push(problem)),
  }));
  const documents = open.map((entry, index) => documentRecord(entry, textOf(text, entry, open[index + 1])));
  return { record: { hash, documents, problems }, open };
}

function documentRecord({ document, declaration }: OpenDocument, text: string): DocumentRecord {
  const { type, templateVarsModule } = declaration;
  const { line } = document.span.start;
  return {
    index: document.index,
    key: hashText(`${line}\n${text}`).slice(0, 32),
    line,
    ...(type === undefined ? {} : { type }),
    ...(templateVarsModule === undefined ? {} : { templateVarsModule }),
  };
}

/** From the document's first line up to the next one's. */
function textOf(text: string, { document }: OpenDocument, next: OpenDocument | undefined): string {
  if (next === undefined && document.index === 1) return text;
  return text.slice(
    offsetOf(text, document.span.start.line),
    next === undefined ? undefined : offsetOf(text, next.document.span.start.line),
  );
}

function offsetOf(text: string, line: number): number {
  let at = 0;
  for (let count = 1; count < line; count++) {
    const next = text.indexOf("\n", at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  return at;
}

export const componentFileNames = ["defs.yaml", "component.yaml"] as const;

/** The component file of a folder, if it has one: `defs.yaml` before `component.yaml`. */
export function componentFileOf(folder: string, facts: FileFacts): string | undefined {
  return componentFileNames.find((name) => facts.stat(join(folder, name)) !== undefined);
}
