import type { RawMetadata } from "../core/metadata.ts";
import type { StepOutputSpec } from "../core/step.ts";
import type { Handle, MappedHandle } from "./handle.ts";
import { isMaterializeResult, type MaterializeResult } from "./output.ts";

/** How often a value comes: always, perhaps, or any number of times. */
export type OutputKind = "one" | "optional" | "dynamic";

/** What is declared of an output of an op. */
export interface OutputDeclaration<Kind extends OutputKind = OutputKind> {
  readonly kind: Kind;
  readonly description?: string;
}

interface OutputOptions {
  readonly description?: string;
}

/** A value that always comes. */
export function out(options: OutputOptions = {}): OutputDeclaration<"one"> {
  return { kind: "one", ...options };
}

/** A value that may not come: `undefined`. An op that takes nothing but values that did not come is skipped. */
export function optional(options: OutputOptions = {}): OutputDeclaration<"optional"> {
  return { kind: "optional", ...options };
}

/** Any number of values: the op returns or yields them as `dynamicOutput(value, { mappingKey })`. */
export function dynamic(options: OutputOptions = {}): OutputDeclaration<"dynamic"> {
  return { kind: "dynamic", ...options };
}

export type OutputTable = { readonly [name: string]: OutputDeclaration };

const dynamicMark: unique symbol = Symbol.for("dop.dynamic-output");

/** One of the values of a dynamic output. */
export interface DynamicOutput<T = unknown> {
  readonly value: T;
  readonly mappingKey: string;
  readonly metadata?: RawMetadata;
  readonly [dynamicMark]: true;
}

/** Letters, digits and `_` make a mapping key; it is unique among the values of the output. */
export function dynamicOutput<T>(
  value: T,
  options: { readonly mappingKey: string; readonly metadata?: RawMetadata },
): DynamicOutput<T> {
  return { ...options, value, [dynamicMark]: true };
}

export function isDynamicOutput(value: unknown): value is DynamicOutput {
  return typeof value === "object" && value !== null && dynamicMark in value;
}

/** What an op's function may give for an output. */
export type GivenOutput<Kind extends OutputKind> = Kind extends "dynamic"
  ? Iterable<DynamicOutput> | AsyncIterable<DynamicOutput>
  : unknown;

/** What an op's function gives: a value, or with several outputs an object with one for each name. */
export type OpResult<Outs> = Outs extends OutputTable
  ? { readonly [Name in NamesOf<Outs, "one" | "dynamic">]: GivenOutput<Outs[Name]["kind"]> } & {
      readonly [Name in NamesOf<Outs, "optional">]?: unknown;
    }
  : Outs extends OutputDeclaration<infer Kind>
    ? GivenOutput<Kind>
    : unknown;

type NamesOf<Outs extends OutputTable, Kind extends OutputKind> = {
  [Name in keyof Outs]: Outs[Name]["kind"] extends Kind ? Name : never;
}[keyof Outs];

/** The handles that a graph gets for an op: one, or one for each name. */
export type OutputHandles<Outs, Result> = Outs extends OutputTable
  ? {
      readonly [Name in keyof Outs]: OutputHandle<
        Outs[Name]["kind"],
        Name extends keyof Result ? Result[Name] : never
      >;
    }
  : Outs extends OutputDeclaration<infer Kind>
    ? OutputHandle<Kind, Result>
    : OutputHandle<"one", Result>;

type OutputHandle<Kind extends OutputKind, Given> = Kind extends "dynamic"
  ? MappedHandle<
      Given extends Iterable<DynamicOutput<infer T>> | AsyncIterable<DynamicOutput<infer T>> ? T : never
    >
  : Kind extends "optional"
    ? Handle<HandedValue<Exclude<Given, undefined>>>
    : Handle<HandedValue<Given>>;

/** The value without the metadata that may come with it. */
export type HandedValue<Given> = Given extends MaterializeResult<infer Value> ? Value : Given;

/** The name of the output of an op that has one. */
export const onlyOutput = "result";

export function outputSpecs(outs: OutputTable): StepOutputSpec[] {
  return Object.entries(outs).map(([name, { kind, description }]) => ({
    name,
    ...(description === undefined ? {} : { description }),
    ...(kind === "optional" ? { optional: true as const } : {}),
    ...(kind === "dynamic" ? { dynamic: true as const } : {}),
  }));
}

/** A value and the metadata that came with it. */
export function valueAndMetadata(given: unknown): { value: unknown; metadata?: RawMetadata } {
  if (!isMaterializeResult(given)) return { value: given };
  const { value, metadata } = given;
  return { value, ...(metadata === undefined ? {} : { metadata }) };
}
