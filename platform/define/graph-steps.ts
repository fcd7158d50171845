import type { AssetKey } from "../core/asset-key.ts";
import { type TracedOp, traceGraph } from "./graph-trace.ts";
import { isHandle, sourceOf } from "./handle.ts";
import { opStep } from "./op-step.ts";
import type { StepDefinition } from "./step.ts";

/** A graph with a name of its own: that of the job or of the asset that runs it. */
export interface NamedGraph {
  readonly graph: string;
  readonly build: () => unknown;
}

/**
 * The steps of a graph whose results are stored as assets; each is named `graph.op`.
 *
 * `assetsOf` names the assets of what the graph gives, by the name that it gives it (`undefined` for a single handle).
 * Throws TypeError where an asset's value is not made by an op of the graph, once in a run.
 */
export function assetGraphSteps(
  { graph, build }: NamedGraph,
  assetsOf: (results: readonly (string | undefined)[]) => ReadonlyMap<string | undefined, AssetKey>,
): { readonly steps: StepDefinition[]; readonly optional: ReadonlySet<AssetKey> } {
  const { ops, result } = traceGraph(graph, build);
  const results = new Map<string | undefined, unknown>(
    isHandle(result) ? [[undefined, result]] : Object.entries((result ?? {}) as object),
  );
  const assets = new Map<string, Map<string, AssetKey>>();
  const optional = new Set<AssetKey>();
  for (const [name, key] of assetsOf([...results.keys()])) {
    const place = placeOfAsset(results.get(name), key);
    const maker = ops.find(({ step }) => step === place.step) as TracedOp;
    const outputs = assets.get(place.step) ?? new Map<string, AssetKey>();
    if (outputs.has(place.output))
      throw new TypeError(`\`${key}\` and \`${outputs.get(place.output)}\` are one value`);
    assets.set(place.step, outputs.set(place.output, key));
    const kind = maker.body.outs[place.output]?.kind;
    if (kind === "dynamic" || maker.mapOver !== undefined) throw notOnce(key);
    if (kind === "optional") optional.add(key);
  }
  return { steps: stepsOf(graph, ops, assets), optional };
}

/** The steps of a graph that makes no asset. */
export function jobGraphSteps({ graph, build }: NamedGraph): StepDefinition[] {
  return stepsOf(graph, traceGraph(graph, build).ops, new Map());
}

function stepsOf(
  graph: string,
  ops: readonly TracedOp[],
  assets: ReadonlyMap<string, ReadonlyMap<string, AssetKey>>,
): StepDefinition[] {
  const taken = new Map<string, Set<string>>();
  const take = ({ step, output }: { readonly step: string; readonly output: string }): void => {
    taken.set(step, (taken.get(step) ?? new Set()).add(output));
  };
  for (const { inputs, mapOver } of ops) {
    for (const { from } of inputs) from.forEach(take);
    if (mapOver !== undefined) take(mapOver);
  }
  return ops.map((op) =>
    opStep(op, {
      graph,
      assets: assets.get(op.step) ?? new Map(),
      taken: taken.get(op.step) ?? new Set(),
    }),
  );
}

function placeOfAsset(handle: unknown, key: AssetKey): { readonly step: string; readonly output: string } {
  if (handle === undefined) throw new TypeError(`the graph gives nothing for the asset \`${key}\``);
  const source = isHandle(handle) ? sourceOf(handle) : undefined;
  if (source === undefined || (source.kind === "output" && source.take === "collect")) throw notOnce(key);
  if (source.kind === "asset") {
    throw new TypeError(`the asset \`${key}\` is \`${source.asset}\` as it is: no op of the graph makes it`);
  }
  if (source.mapOver !== undefined) throw notOnce(key);
  return source;
}

function notOnce(key: AssetKey): TypeError {
  return new TypeError(`the asset \`${key}\` comes once in a run: let an op make it of the collected values`);
}
