import { isTracing, traceInner } from "./graph-trace.ts";
import type { Handle, MappedHandle } from "./handle.ts";
import {
  type Arguments,
  type HandlesFor,
  type InputTable,
  namedValues,
  nodeName,
  type TakenValues,
} from "./op.ts";

/** What the function of a graph may give: a value of one of its ops, or several by name. */
export type GraphResult = Handle | MappedHandle | { readonly [name: string]: Handle | MappedHandle };

/** What the function of a graph gets: a handle for each input. */
export type GraphInputs<Ins extends InputTable> = {
  readonly [Name in keyof Ins]: Handle<TakenValues<Ins>[Name]>;
};

/** Ops wired together, to be used like an op in other graphs, and run by a job or an asset. */
export interface Graph<Ins extends InputTable = InputTable, Result = unknown> {
  (...inputs: Arguments<Ins, HandlesFor<Ins>>): Result;
  /** The same graph under another name, for a graph that uses it twice. */
  as(name: string): Graph<Ins, Result>;
  readonly [graphMark]: GraphBody;
}

export const graphMark: unique symbol = Symbol.for("dop.graph");

export interface GraphBody {
  readonly name: string;
  readonly inputs: readonly string[];
  build(inputs: { readonly [name: string]: unknown }): unknown;
}

/**
 * Composes ops and graphs: `wire` calls them, at definition time and not in a run, with the values that others give.
 * An op that is called twice gets `_2` behind its name the second time; `op.as("name")` names it otherwise.
 */
export function graph<
  const Ins extends InputTable = Record<never, never>,
  // biome-ignore lint/suspicious/noConfusingVoidType: a graph whose ops hand on nothing returns nothing
  Result extends GraphResult | void = void,
>(
  options: { readonly name: string; readonly ins?: Ins },
  wire: (inputs: GraphInputs<Ins>) => Result,
): Graph<Ins, Result> {
  const name = nodeName(options.name);
  const body: GraphBody = { name, inputs: Object.keys(options.ins ?? {}), build: wire as GraphBody["build"] };
  return callableGraph(body, { text: name, chosen: false }) as unknown as Graph<Ins, Result>;
}

function callableGraph(body: GraphBody, node: { readonly text: string; readonly chosen: boolean }) {
  const invoke = (...given: readonly unknown[]): unknown => {
    if (!isTracing()) {
      throw new TypeError(
        `the graph \`${body.name}\` is called outside a graph: run it by a job, with \`runJob\` in tests`,
      );
    }
    return traceInner(node, () => body.build(namedValues(body.inputs, given)));
  };
  return Object.assign(invoke, {
    as: (text: string) => callableGraph(body, { text: nodeName(text), chosen: true }),
    [graphMark]: body,
  });
}
