import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { LoadedProject } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import type { ComponentCode } from "./component-code.ts";
import type { Configuration } from "./configuration.ts";
import type { VariableUse } from "./document-records.ts";
import type { FileSystem } from "./file-system.ts";
import type { GivenClasses } from "./registry.ts";

export interface LoadOptions {
  /** Absolute. */
  readonly root: string;
  /** Instead of `dop` in package.json, which is then not read. */
  readonly configuration?: unknown;
  /** Of the process, merged over `.env` by `readVariables`. */
  readonly variables: { readonly [name: string]: string | undefined };
  /** What `readVariables` found wrong; it is told with all that loading finds. */
  readonly problems?: readonly Problem[];
  /** As `--env` names it; else DOP_ENVIRONMENT decides, else the first rule that holds. */
  readonly environment?: string;
  /** Absolute; absent means that nothing is kept. */
  readonly cacheFolder?: string;
  /** Only these documents are built, and what they load. */
  readonly only?: readonly ComponentId[];
  /** Whether all code is built; otherwise unchanged specs may come from the cache. */
  readonly needsCode?: boolean;
  /** Whether components may call other programs for what is not kept of them, such as `dbt parse`. */
  readonly allowsOutsideWork?: boolean;
  /** Absolute: whose `.venv` those programs are looked for in, and whose cache keeps what they make; `root` unless given. */
  readonly toolRoot?: string;
  /** Reports one error per document for variables that it does not list, instead of warnings. */
  readonly validateRequirements?: boolean;
  /** Component classes by module and name, besides those of the registry. */
  readonly classes?: GivenClasses;
  readonly files?: FileSystem;
  /** Told when the cache cannot be read or written; nothing else is lost. */
  readonly warn?: ((message: string) => void) | undefined;
}

export interface LoadResult {
  readonly project: LoadedProject;
  readonly code: ComponentCode;
  /** Every reading of a variable, and every variable that a document lists. */
  readonly variables: readonly VariableUse[];
  readonly configuration: Configuration;
  /** Absolute paths of all files that the result came from. */
  readonly watched: readonly string[];
  readonly documents: number;
  readonly files: number;
  /**
   * Equal for equal results of any process: given where the cache holds all of it. What is made of the result alone may
   * be kept under it.
   */
  readonly keptAs?: string;
}
