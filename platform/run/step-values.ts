import type { RunEventBody } from "../core/event.ts";
import { type Metadata, metadataOf } from "../core/metadata.ts";
import type { PlannedSource, PlannedStep, PlannedValue } from "../core/run-plan.ts";
import type { StepOutputSpec } from "../core/step.ts";
import { type OutputOptions, StepError } from "../define/step.ts";
import type { RunValues } from "./run-values.ts";
import type { NamedValue } from "./value-file.ts";
import {
  instancePlace,
  mappingKeysOf,
  sourceValues,
  type ValueIndex,
  type ValueRef,
} from "./value-sources.ts";

export interface StepValuesSetting {
  readonly step: PlannedStep;
  readonly mappingKey: string | undefined;
  readonly values: RunValues;
  readonly planned: ValueIndex["planned"];
  emit(body: RunEventBody): void;
}

interface HandedValue extends NamedValue {
  readonly metadata: Metadata;
}

/** The values that one attempt at a step takes from others and hands on to others. */
export class StepValues {
  readonly #setting: StepValuesSetting;
  readonly #handed = new Map<string, HandedValue>();
  #isOver = false;

  constructor(setting: StepValuesSetting) {
    this.#setting = setting;
  }

  async take(name: string): Promise<unknown> {
    const { step } = this.#setting;
    const input = step.values?.find((value) => value.name === name);
    if (input === undefined) {
      throw refused(`the step takes no value \`${name}\`; it takes ${listed(step.values ?? [])}`);
    }
    const taken = await this.#all(input);
    return input.list === true ? taken : taken[0];
  }

  /** What of its sources is there, in their order. */
  async #all({ from }: PlannedValue): Promise<unknown[]> {
    const { values, mappingKey, planned } = this.#setting;
    const index: ValueIndex = { made: (step, run) => values.made(step, run), planned };
    const taken: unknown[] = [];
    for (const source of from) {
      await loadSource(source, mappingKey, { values, index });
      const found = sourceValues(source, mappingKey, index);
      if (found.kind === "one") taken.push(await values.read(found.ref));
      if (found.kind === "all") taken.push(await readAll(found.refs, values));
    }
    return taken;
  }

  hand(name: string, value: unknown, { mappingKey, metadata = {} }: OutputOptions = {}): void {
    const { step } = this.#setting;
    if (this.#isOver) throw new Error(`the step \`${step.key}\` is over: nothing can be handed on any more`);
    const output = step.outputs?.find((one) => one.name === name);
    if (output === undefined) {
      throw refused(`the step has no output \`${name}\`; it has ${listed(step.outputs ?? [])}`);
    }
    checkMappingKey(output, mappingKey);
    const place = mappingKey === undefined ? name : `${name}[${mappingKey}]`;
    if (this.#handed.has(place)) {
      throw refused(
        mappingKey === undefined
          ? `the output \`${name}\` came twice`
          : `the output \`${name}\` came twice with the mapping key \`${mappingKey}\``,
      );
    }
    this.#handed.set(place, {
      output: name,
      ...(mappingKey === undefined ? {} : { mappingKey }),
      value,
      metadata: metadataOf(metadata),
    });
  }

  /** Keeps what was handed on; throws StepError where something lacks. */
  complete(): void {
    this.#isOver = true;
    const { step, values, emit } = this.#setting;
    const { outputs = [] } = step;
    if (outputs.length === 0) return;
    const handed = [...this.#handed.values()];
    const lacking = outputs.filter(
      ({ name, optional, dynamic }) =>
        optional !== true && dynamic !== true && !handed.some(({ output }) => output === name),
    );
    if (lacking.length > 0) {
      const names = listed(lacking);
      throw refused(
        `the step ended without ${names}: hand ${lacking.length === 1 ? "it" : "them"} on, or say that it is optional`,
      );
    }
    const unkept = new Map(
      values
        .keep(step.key, {
          dynamic: outputs.filter(({ dynamic }) => dynamic === true).map(({ name }) => name),
          values: handed,
        })
        .map(({ output, mappingKey, unkept }) => [`${output}[${mappingKey}]`, unkept]),
    );
    for (const { output, mappingKey, metadata } of handed) {
      const why = unkept.get(`${output}[${mappingKey}]`);
      if (why === undefined) {
        const key = mappingKey === undefined ? {} : { mappingKey };
        emit({ type: "value.stored", step: step.key, output, ...key, metadata });
      } else {
        const message = `the value \`${output}\` stays in this process, because it cannot be written: ${why}`;
        emit({ type: "log", step: step.key, level: "warning", message });
      }
    }
  }

  /** From now on nothing is taken any more. */
  close(): void {
    this.#isOver = true;
  }
}

/** Looks up what others have kept of a source: earlier runs and attempts, and steps in other processes. */
export async function loadSource(
  source: PlannedSource,
  mappingKey: string | undefined,
  { values, index }: { readonly values: RunValues; readonly index: ValueIndex },
): Promise<void> {
  const { step, run, mapOver, take } = source;
  if (mapOver === undefined) {
    await values.load(step, run);
    return;
  }
  await values.load(mapOver.step, mapOver.run);
  const keys = take === "one" ? [mappingKey] : (mappingKeysOf(mapOver, index) ?? []);
  for (const key of keys) {
    if (key !== undefined) await values.load(...instancePlace(source, key, index));
  }
}

async function readAll(refs: readonly ValueRef[], values: RunValues): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const ref of refs) all.push(await values.read(ref));
  return all;
}

const mappingKeyPattern = /^[A-Za-z0-9_]+$/;

function checkMappingKey({ name, dynamic }: StepOutputSpec, mappingKey: string | undefined): void {
  if (dynamic !== true) {
    if (mappingKey === undefined) return;
    throw refused(`the output \`${name}\` is one value and takes no mapping key`);
  }
  if (mappingKey === undefined)
    throw refused(`the output \`${name}\` is dynamic: give each value a mapping key`);
  if (typeof mappingKey === "string" && mappingKeyPattern.test(mappingKey)) return;
  throw refused(
    `${JSON.stringify(mappingKey)} is no mapping key of \`${name}\`: use letters, digits and \`_\``,
  );
}

function listed(named: readonly { readonly name: string }[]): string {
  return named.length === 0 ? "none" : named.map(({ name }) => `\`${name}\``).join(", ");
}

function refused(message: string): StepError {
  return new StepError(message, { retry: "never" });
}
