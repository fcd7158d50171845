import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import type { DocumentInputs } from "./document-inputs.ts";
import type { FileRecord } from "./source-files.ts";

/** A variable that a document reads or lists. */
export interface VariableUse {
  readonly component: ComponentId;
  readonly name: string;
  readonly hasDefault: boolean;
  readonly isSet: boolean;
  readonly isSecret: boolean;
  /** In package.json or in the document. */
  readonly isDeclared: boolean;
  /** Whether the environment in force may not go without it. */
  readonly isRequired: boolean;
  /** Where a template reads it. */
  readonly path?: string;
  readonly span?: Span;
}

/** One document's result with all that it came from; data alone, so that it can be kept. */
export interface KeptDocument {
  /** Hash of its text and place. */
  readonly key: string;
  /** Settings of the project, and outer documents whose template variables it sees. */
  readonly inherited: string;
  readonly inputs: DocumentInputs;
  readonly loaded: LoadedComponent;
  readonly problems: readonly Problem[];
  readonly uses: readonly VariableUse[];
  /** Template variables that its templates use. */
  readonly usedNames: readonly string[];
  /** Template variables that it makes. */
  readonly ownedNames: readonly string[];
  /** A TypeScript module that defines nothing. */
  readonly isEmpty?: boolean;
}

/** All that is kept of a project between loads. */
export interface DocumentRecords {
  /** Made when they were written; absent where they were not. */
  readonly id?: string;
  /** Keeps hashes of variables' values from being looked up elsewhere. */
  readonly salt: string;
  readonly files: { [file: string]: FileRecord };
  readonly documents: { [id: string]: KeptDocument | undefined };
}

export function emptyRecords(): DocumentRecords {
  return { salt: "", files: {}, documents: {} };
}
