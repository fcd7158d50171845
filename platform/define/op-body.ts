import type { TSchema } from "typebox";
import type { OutputTable } from "./op-output.ts";
import type { StepOptions } from "./step-options.ts";

/** What every use of an op has in common. */
export interface OpBody {
  readonly name: string;
  readonly description?: string;
  readonly inputs: readonly string[];
  readonly outs: OutputTable;
  /** Whether its function gives an object with a value for each output, and not the value of the only one. */
  readonly isNamed: boolean;
  readonly resources: readonly string[];
  readonly config: TSchema | undefined;
  readonly options: StepOptions;
  readonly tags: { readonly [key: string]: string } | undefined;
  run(input: never): unknown;
}
