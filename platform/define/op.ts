import type { TSchema } from "typebox";
import { type DirectInput, directInput } from "./direct-call.ts";
import type { FunctionInput, ResourceList } from "./function-input.ts";
import { resourceKeys } from "./function-input.ts";
import { isTracing, traceOp } from "./graph-trace.ts";
import { type Handle, type handleMark, handleOf, isHandle, mappedHandle } from "./handle.ts";
import type { OpBody } from "./op-body.ts";
import {
  type OpResult,
  type OutputDeclaration,
  type OutputHandles,
  type OutputTable,
  onlyOutput,
  out,
} from "./op-output.ts";
import type { StepOptions } from "./step-options.ts";
import type { ConfigOf } from "./typed-config.ts";

declare const takenType: unique symbol;

/** What is declared of an input of an op or graph; `T` is the type of its value. */
export interface InputDeclaration<T = unknown> {
  readonly description?: string;
  readonly [takenType]?: T;
}

/** Declares an input: `ins: { rows: input<Row[]>() }`. */
export function input<T = unknown>(options: { readonly description?: string } = {}): InputDeclaration<T> {
  return { ...options };
}

export type InputTable = { readonly [name: string]: InputDeclaration };

export type TakenValues<Ins extends InputTable> = { readonly [Name in keyof Ins]: TakenValue<Ins[Name]> };

type TakenValue<Declared> = Declared extends InputDeclaration<infer T> ? T : never;

/** A value of an op for an input, or for one that is a list several values. */
export type HandleFor<T> =
  | Handle<T>
  | (unknown extends T
      ? readonly Handle[]
      : T extends readonly (infer Item)[]
        ? readonly Handle<Item>[]
        : never);

/** Nothing, the only input by itself, or several by name. */
export type Arguments<Ins extends InputTable, Values extends { readonly [Name in keyof Ins]: unknown }> = [
  keyof Ins,
] extends [never]
  ? []
  : IsUnion<keyof Ins> extends true
    ? [Values]
    : [Values[keyof Ins]];

type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;

export type HandlesFor<Ins extends InputTable> = {
  readonly [Name in keyof Ins]: HandleFor<TakenValue<Ins[Name]>>;
};

/** Keeps a handle from passing where a value is meant. */
type PlainValue<T> = T extends object ? T & { readonly [handleMark]?: never } : T;

type PlainValues<Ins extends InputTable> = {
  readonly [Name in keyof Ins]: PlainValue<TakenValue<Ins[Name]>>;
};

/** A unit of work of graphs. */
export interface Op<Ins extends InputTable, Outs, Result, Config> {
  /** In the function of a graph: takes what other ops give, and gives what others may take. */
  (...inputs: Arguments<Ins, HandlesFor<Ins>>): OutputHandles<Outs, Result>;
  /** Outside: runs the function with these values, without a run. */
  (...inputs: [...Arguments<Ins, PlainValues<Ins>>, given?: DirectInput<object, Config>]): Promise<Result>;
  /** The same op under another name, for a graph that uses it twice. */
  as(name: string): Op<Ins, Outs, Result, Config>;
  /** Runs the function directly, with inputs, resources and config by name: for tests. */
  call(input: DirectInput<TakenValues<Ins>, Config>): Promise<Result>;
}

export interface OpOptions<
  Ins extends InputTable,
  Outs extends OutputDeclaration | OutputTable,
  Config extends TSchema | undefined,
  Resources extends ResourceList,
> extends StepOptions {
  /** That of the function unless given. */
  readonly name?: string;
  readonly description?: string;
  readonly ins?: Ins;
  /** Of an op with one value: `optional()` or `dynamic()`. */
  readonly out?: Outs & OutputDeclaration;
  /** Of an op with several values, by name; its function gives an object. */
  readonly outs?: Outs & OutputTable;
  readonly resources?: Resources;
  readonly config?: Config;
  readonly tags?: { readonly [key: string]: string };
}

/**
 * Defines an op: a step that takes values of others and gives values to others, without an asset of its own. It does
 * nothing until a graph calls it and a job or an asset runs the graph. `output(value, { metadata })` says more of a
 * value that it gives.
 */
export function op<
  const Ins extends InputTable = Record<never, never>,
  const Outs extends OutputDeclaration | OutputTable = OutputDeclaration<"one">,
  Result extends OpResult<Outs> = OpResult<Outs>,
  Config extends TSchema | undefined = undefined,
  const Resources extends ResourceList = [],
>(
  options: OpOptions<Ins, Outs, Config, Resources>,
  work: (input: FunctionInput<TakenValues<Ins>, ConfigOf<Config>, Resources>) => Result | Promise<Result>,
): Op<Ins, Outs, Result, ConfigOf<Config>> {
  const { name: given, description, ins, out: single, outs, resources, config, tags, ...rest } = options;
  const name = nodeName(given ?? work.name);
  const body: OpBody = {
    name,
    ...(description === undefined ? {} : { description }),
    inputs: Object.keys(ins ?? {}),
    outs: outs ?? { [onlyOutput]: single ?? out() },
    isNamed: outs !== undefined,
    resources: resourceKeys(resources),
    config,
    options: rest,
    tags,
    run: work as never,
  };
  return callableOp(body, { text: name, chosen: false }) as unknown as Op<
    Ins,
    Outs,
    Result,
    ConfigOf<Config>
  >;
}

/** Throws RangeError for a text that is no name of an op or graph. */
export function nodeName(text: string): string {
  if (/^[A-Za-z_]\w*$/.test(text)) return text;
  throw new RangeError(
    text === ""
      ? "an op or graph needs a name: give `name`"
      : `the name of an op or graph is letters, digits and \`_\`, not ${JSON.stringify(text)}`,
  );
}

function callableOp(body: OpBody, node: { readonly text: string; readonly chosen: boolean }) {
  const call = async (given: object): Promise<unknown> =>
    body.run(directInput(given as never, body.config) as never);
  const invoke = (...given: readonly unknown[]): unknown => {
    const values = namedValues(body.inputs, given);
    if (isTracing() || Object.values(values).some(isHandle))
      return handlesOf(body, traceOp(body, node, values));
    if (body.inputs.length === 0) {
      throw new TypeError(
        `the op \`${body.name}\` is called outside a graph: \`${body.name}.call({})\` runs it`,
      );
    }
    return call({ ...(given[1] as object | undefined), ...values });
  };
  return Object.assign(invoke, {
    as: (text: string) => callableOp(body, { text: nodeName(text), chosen: true }),
    call,
  });
}

/** Arguments by the names of the inputs: the only one comes by itself. */
export function namedValues(
  inputs: readonly string[],
  [first]: readonly unknown[],
): { [name: string]: unknown } {
  const [only, another] = inputs;
  if (only === undefined) return {};
  if (another === undefined) return { [only]: first };
  const given = (first ?? {}) as { readonly [name: string]: unknown };
  const missing = inputs.find((name) => !Object.hasOwn(given, name));
  if (missing !== undefined) throw new TypeError(`the input \`${missing}\` is not given`);
  return Object.fromEntries(inputs.map((name) => [name, given[name]]));
}

function handlesOf(
  { outs, isNamed }: OpBody,
  { step, mapOver }: { readonly step: string; readonly mapOver?: { step: string; output: string } },
): unknown {
  const handles = Object.entries(outs).map(([name, { kind }]) => {
    const place = { step, output: name };
    if (kind !== "dynamic") {
      return [
        name,
        handleOf({ kind: "output", ...place, take: "one", ...(mapOver === undefined ? {} : { mapOver }) }),
      ];
    }
    if (mapOver === undefined) return [name, mappedHandle(place, place)];
    throw new TypeError(`the op \`${step}\` has a dynamic output and is mapped itself: collect before it`);
  });
  const named: { readonly [name: string]: unknown } = Object.fromEntries(handles);
  return isNamed ? named : named[onlyOutput];
}
