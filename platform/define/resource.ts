import type { TSchema } from "typebox";
import type { ResourceSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import type { StepLog } from "./step.ts";
import { type ConfigOf, configSchemaOf } from "./typed-config.ts";

export interface ResourceContext<Config = { readonly [name: string]: unknown }> {
  readonly projectRoot: string;
  /** Absolute; exists. */
  readonly dataFolder: string;
  readonly log: StepLog;
  /** Its own in this run, settled and valid. */
  readonly config: Config;
  /** Instances of the resources that it uses, by key. */
  readonly resources: { readonly [key: string]: unknown };
}

/** A resource with the code that opens and closes it; only a run worker calls either. */
export interface ResourceDefinition<T = unknown, Key extends string = string> {
  readonly spec: ResourceSpec & { readonly key: Key };
  create(context: ResourceContext): T | Promise<T>;
  /** Called after the run's last step (with `pools`, after the last that uses it now), also when one failed. */
  close?(value: T): void | Promise<void>;
  readonly [resourceMark]: true;
}

export const resourceMark: unique symbol = Symbol.for("dop.resource");

export interface ResourceOptions<T, Config extends TSchema | undefined> {
  readonly type?: string;
  readonly description?: string;
  readonly settings?: { readonly [key: string]: Json };
  readonly uses?: readonly string[];
  /** Pools that its steps take, such as `duckdb:data/shop.duckdb`; then it is closed whenever no step uses it. */
  readonly pools?: readonly string[];
  /** Schema of the config that a run or job may give it, built with `Type.Object`. */
  readonly config?: Config;
  create(context: ResourceContext<ConfigOf<Config>>): T | Promise<T>;
  close?(value: T): void | Promise<void>;
}

/**
 * Defines a resource under a project-wide key. An asset or op that lists the definition itself, and not its key alone,
 * gets an instance with its type.
 */
export function resource<const Key extends string, T, Config extends TSchema | undefined = undefined>(
  key: Key,
  options: ResourceOptions<T, Config>,
): ResourceDefinition<T, Key> {
  const { type, description, settings, uses, pools, config, create, close } = options;
  return {
    spec: {
      key,
      type: type ?? "custom",
      ...(description === undefined ? {} : { description }),
      ...(settings === undefined ? {} : { settings }),
      ...(uses === undefined ? {} : { uses }),
      ...(pools === undefined ? {} : { pools }),
      ...configSchemaOf(config),
    },
    create: create as ResourceDefinition<T, Key>["create"],
    ...(close === undefined ? {} : { close }),
    [resourceMark]: true,
  };
}

export function isResourceDefinition(value: unknown): value is ResourceDefinition {
  return typeof value === "object" && value !== null && resourceMark in value;
}
