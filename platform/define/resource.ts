import type { ResourceSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import type { StepLog } from "./step.ts";

export interface ResourceContext {
  readonly projectRoot: string;
  /** Absolute; exists. */
  readonly dataFolder: string;
  readonly log: StepLog;
  /** Instances of the resources that it uses, by key. */
  readonly resources: { readonly [key: string]: unknown };
}

/** A resource with the code that opens and closes it; only a run worker calls either. */
export interface ResourceDefinition<T = unknown> {
  readonly spec: ResourceSpec;
  create(context: ResourceContext): T | Promise<T>;
  /** Called after the run's last step (with `pools`, after the last that uses it now), also when one failed. */
  close?(value: T): void | Promise<void>;
  readonly [resourceMark]: true;
}

export const resourceMark: unique symbol = Symbol.for("dop.resource");

export interface ResourceOptions<T> {
  readonly type?: string;
  readonly description?: string;
  readonly settings?: { readonly [key: string]: Json };
  readonly uses?: readonly string[];
  /** Pools that its steps take, such as `duckdb:data/shop.duckdb`; then it is closed whenever no step uses it. */
  readonly pools?: readonly string[];
  create(context: ResourceContext): T | Promise<T>;
  close?(value: T): void | Promise<void>;
}

/** Defines a resource under a project-wide key. */
export function resource<T>(key: string, options: ResourceOptions<T>): ResourceDefinition<T> {
  const { type, description, settings, uses, pools, create, close } = options;
  return {
    spec: {
      key,
      type: type ?? "custom",
      ...(description === undefined ? {} : { description }),
      ...(settings === undefined ? {} : { settings }),
      ...(uses === undefined ? {} : { uses }),
      ...(pools === undefined ? {} : { pools }),
    },
    create,
    ...(close === undefined ? {} : { close }),
    [resourceMark]: true,
  };
}

export function isResourceDefinition(value: unknown): value is ResourceDefinition {
  return typeof value === "object" && value !== null && resourceMark in value;
}
