import type { AssetKey } from "../core/asset-key.ts";
import type { StepInputSpec, StepValueSource } from "../core/step.ts";
import { type Handle, type HandleSource, isHandle, type MapOver, sourceOf } from "./handle.ts";
import type { OpBody } from "./op-body.ts";

/** An op as a graph uses it: its step is named after the graph, the inner graphs that it stands in, and itself. */
export interface TracedOp {
  readonly step: string;
  readonly body: OpBody;
  /** Values from other ops. */
  readonly inputs: readonly StepInputSpec[];
  /** Values of assets that enter the graph. */
  readonly loads: readonly LoadedValue[];
  readonly mapOver?: MapOver;
}

export interface LoadedValue {
  readonly name: string;
  readonly assets: readonly AssetKey[];
  readonly list: boolean;
}

interface Trace {
  /** Name of the graph and of the inner graphs that are being built, joined by dots. */
  readonly scope: string;
  readonly ops: TracedOp[];
  /** Names of steps and inner graphs that are taken. */
  readonly taken: Set<string>;
}

let current: Trace | undefined;

/** Calls the function of a graph and gives the ops that it called, and what it returned. */
export function traceGraph<Result>(
  scope: string,
  build: () => Result,
): { readonly ops: readonly TracedOp[]; readonly result: Result } {
  const trace: Trace = { scope, ops: [], taken: new Set() };
  return { ops: trace.ops, result: within(trace, build) };
}

export function isTracing(): boolean {
  return current !== undefined;
}

/** Calls the function of a graph that another one uses. */
export function traceInner<Result>(name: NodeName, build: () => Result): Result {
  const trace = tracing(name.text);
  return within({ ...trace, scope: takeName(trace, name) }, build);
}

export interface NodeName {
  readonly text: string;
  /** Whether it was chosen by `as`; then it is an error that it is taken, and otherwise `_2` is added. */
  readonly chosen: boolean;
}

/** Notes that the graph in progress calls an op; gives the name of its step. Throws where a value is no handle. */
export function traceOp(
  body: OpBody,
  name: NodeName,
  values: { readonly [input: string]: unknown },
): { readonly step: string; readonly mapOver?: MapOver } {
  const trace = tracing(name.text);
  const inputs: StepInputSpec[] = [];
  const loads: LoadedValue[] = [];
  const maps = new Map<string, MapOver>();
  for (const [input, value] of Object.entries(values)) {
    const sources = (Array.isArray(value) ? value : [value]).map((one) =>
      handleSource(one, name.text, input),
    );
    for (const source of sources) {
      if (source.kind === "output" && source.mapOver !== undefined) {
        maps.set(`${source.mapOver.step} ${source.mapOver.output}`, source.mapOver);
      }
    }
    const list = Array.isArray(value);
    const outputs = sources.filter((source) => source.kind === "output");
    if (outputs.length === sources.length) {
      inputs.push({ name: input, from: outputs.map(valueSource), ...(list ? { list } : {}) });
    } else {
      const assets = sources.flatMap((source) => (source.kind === "asset" ? [source.asset] : []));
      if (outputs.length > 0) {
        throw new TypeError(
          `\`${input}\` of the op \`${name.text}\` is a list of assets and values of ops: use two inputs`,
        );
      }
      loads.push({ name: input, assets, list });
    }
  }
  const [mapOver, another] = maps.values();
  if (another !== undefined) {
    throw new TypeError(
      `the op \`${name.text}\` is mapped over two dynamic outputs: collect one of them first`,
    );
  }
  const step = takeName(trace, name);
  const mapped = mapOver === undefined ? {} : { mapOver };
  trace.ops.push({ step, body, inputs, loads, ...mapped });
  return { step, ...mapped };
}

function within<Result>(trace: Trace, build: () => Result): Result {
  const outer = current;
  current = trace;
  try {
    return build();
  } finally {
    current = outer;
  }
}

function tracing(name: string): Trace {
  if (current !== undefined) return current;
  throw new TypeError(
    `\`${name}\` takes handles, which only a graph has: call it in the function of a graph`,
  );
}

function handleSource(value: unknown, op: string, input: string): HandleSource {
  if (isHandle(value)) return sourceOf(value as Handle);
  const what =
    typeof value === "object" && value !== null && "collect" in value
      ? "any number of values: call `map` or `collect` on them"
      : "no value of an op: in a graph an op takes what others give, and what is fixed stands in its config";
  throw new TypeError(`\`${input}\` of the op \`${op}\` is ${what}`);
}

function valueSource(source: Extract<HandleSource, { readonly kind: "output" }>): StepValueSource {
  const { step, output, take } = source;
  return { step, output, take };
}

function takeName({ scope, taken }: Trace, { text, chosen }: NodeName): string {
  const whole = `${scope}.${text}`;
  if (!taken.has(whole)) {
    taken.add(whole);
    return whole;
  }
  if (chosen) throw new RangeError(`the name \`${text}\` is taken in \`${scope}\`: give \`as\` another one`);
  for (let number = 2; ; number++) {
    const numbered = `${whole}_${number}`;
    if (taken.has(numbered)) continue;
    taken.add(numbered);
    return numbered;
  }
}
