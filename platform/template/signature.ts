import { didYouMean } from "../core/suggest.ts";
import { type TemplateError, templateError } from "./template-error.ts";

/** What filters, tests and methods may ask of the evaluation that runs them. */
export interface Runtime {
  /** Counts work against the limit of steps. */
  spend(steps: number): void;
  applyFilter(name: string, value: unknown, positional: readonly unknown[], named?: NamedValues): unknown;
  applyTest(name: string, value: unknown, positional: readonly unknown[]): boolean;
  attributeOf(value: unknown, path: unknown): unknown;
}

export type NamedValues = Readonly<Record<string, unknown>>;

/** A filter, test or method: what it takes and what it gives. */
export interface Operation {
  readonly params: readonly string[];
  readonly required: number;
  /** Any number of further positional values. */
  readonly open: boolean;
  readonly secrecy: Secrecy;
  run(runtime: Runtime, value: unknown, values: readonly unknown[], named: NamedValues): unknown;
}

/**
 * What it does with secrets: `hide` computes on the revealed values and hides the result; `move` only moves values
 * about, so that each keeps its own mark; `tell` gives an answer that may be known, such as a length.
 */
export type Secrecy = "hide" | "move" | "tell";

type Run = (runtime: Runtime, value: never, ...values: never[]) => unknown;

/**
 * `params` lists the names in order, `?` after those that may be left out: `"old new count?"`.
 *
 * A value that is left out arrives as `undefined`.
 */
export function operation(params: string, run: Run, options: { readonly secrecy?: Secrecy } = {}): Operation {
  const names = params.split(" ").filter((name) => name !== "");
  const call = run as (runtime: Runtime, value: unknown, ...values: unknown[]) => unknown;
  return {
    params: names.map((name) => name.replace("?", "")),
    required: names.filter((name) => !name.endsWith("?")).length,
    open: false,
    secrecy: options.secrecy ?? "hide",
    run: (runtime, value, values) => call(runtime, value, ...values),
  };
}

/** One that takes whatever it is given and sorts it out itself. */
export function openOperation(
  run: (runtime: Runtime, value: never, values: readonly unknown[], named: NamedValues) => unknown,
  options: { readonly secrecy?: Secrecy } = {},
): Operation {
  return {
    params: [],
    required: 0,
    open: true,
    secrecy: options.secrecy ?? "hide",
    run: run as Operation["run"],
  };
}

/** Puts positional and named values into the order of the parameters. Throws where they do not fit. */
export function bindValues(
  label: string,
  { params, required, open }: Pick<Operation, "params" | "required" | "open">,
  positional: readonly unknown[],
  named: NamedValues,
): unknown[] {
  if (open) return [...positional];
  if (positional.length > params.length) {
    throw templateError(`${label} takes ${countOf(params.length)}, not ${positional.length}`);
  }
  const values: unknown[] = [...positional];
  for (const name of Object.keys(named)) {
    const index = params.indexOf(name);
    if (index === -1) throw unknownParameter(label, name, params);
    if (index < positional.length) throw templateError(`${label} is given \`${name}\` twice`);
    values[index] = named[name];
  }
  for (let index = 0; index < required; index++) {
    if (values[index] === undefined) throw templateError(`${label} needs \`${params[index]}\``);
  }
  return values;
}

export function unknownParameter(label: string, name: string, params: readonly string[]): TemplateError {
  const hint =
    didYouMean(name, params) ?? (params.length === 0 ? undefined : `it takes ${params.join(", ")}`);
  return templateError(`${label} has no parameter \`${name}\``, hint);
}

function countOf(count: number): string {
  return count === 0 ? "no value" : count === 1 ? "one value" : `at most ${count} values`;
}
