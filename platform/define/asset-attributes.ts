import type { Static } from "typebox";
import { assetKeyType } from "./asset-key-attribute.ts";
import { attributeSchema } from "./attribute-type.ts";
import { conditionType } from "./condition-attribute.ts";
import { durationType } from "./duration-attribute.ts";
import { freshnessType } from "./freshness-attribute.ts";
import { partitionMappingsType } from "./partition-mappings-attribute.ts";
import { partitionsType } from "./partitions-attribute.ts";
import { Type } from "./schema-builders.ts";

/** A key as text with `/` between its parts, or a reference to another component's asset. */
export const assetKeyAttribute = attributeSchema(assetKeyType);

/** `90m`, `36h`, `PT36H`, seconds as a number, or a mapping such as `{hours: 36}`; seconds in the end. */
export const durationAttribute = attributeSchema(durationType);

export const conditionAttribute = attributeSchema(conditionType);

export const freshnessAttribute = attributeSchema(freshnessType);

export const partitionsAttribute = attributeSchema(partitionsType);

export const partitionMappingsAttribute = attributeSchema(partitionMappingsType);

const text = (description: string) => Type.Optional(Type.String({ description }));

export const backfillPolicySchema = Type.Union(
  [
    Type.Object({ type: Type.Literal("single_run") }, { additionalProperties: false }),
    Type.Object(
      {
        type: Type.Literal("multi_run"),
        max_partitions_per_run: Type.Integer({ minimum: 1, default: 1 }),
      },
      { additionalProperties: false },
    ),
  ],
  { description: "How a backfill's partitions become runs." },
);

export const retryPolicySchema = Type.Object(
  {
    max_retries: Type.Integer({ minimum: 0, default: 1, description: "Further attempts after the first." }),
    delay: Type.Optional(Type.Number({ minimum: 0, description: "Seconds before the next attempt." })),
    backoff: Type.Optional(Type.Union([Type.Literal("LINEAR"), Type.Literal("EXPONENTIAL")])),
    jitter: Type.Optional(Type.Union([Type.Literal("FULL"), Type.Literal("PLUS_MINUS")])),
  },
  { additionalProperties: false, description: "How often and how soon a failed step is tried again." },
);

const sharedFields = {
  deps: Type.Optional(
    Type.Array(assetKeyAttribute, { description: "Keys of the assets directly upstream." }),
  ),
  description: text("What the asset holds, for people."),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.Any(), { description: "Facts shown with the asset." }),
  ),
  group_name: text("The one group of the asset."),
  skippable: Type.Optional(
    Type.Boolean({ description: "Whether its step may end without bringing it up to date." }),
  ),
  code_version: text("Changes when the logic changes, so that staleness notices."),
  owners: Type.Optional(
    Type.Array(Type.String(), { description: "E-mail addresses and teams, as `team:data`." }),
  ),
  tags: Type.Optional(Type.Record(Type.String(), Type.String(), { description: "Labels as key and value." })),
  kinds: Type.Optional(Type.Array(Type.String(), { description: "Technologies, such as `duckdb`." })),
  automation_condition: Type.Optional(conditionAttribute),
  partitions_def: Type.Optional(partitionsAttribute),
  partition_mappings: Type.Optional(partitionMappingsAttribute),
  freshness_policy: Type.Optional(freshnessAttribute),
  materialize_on: Type.Optional(
    Type.Union([Type.Literal("warn"), Type.Literal("fail")], {
      description: "Materializes it once each time that its freshness policy warns (or fails), or fails.",
    }),
  ),
  backfill_policy: Type.Optional(backfillPolicySchema),
  retry_policy: Type.Optional(retryPolicySchema),
  pool: text("Pool whose slots its step takes."),
  io: text("Name of the IO manager that stores it."),
};

/** The fields that post-processing and folder defaults may set. */
export const sharedAssetAttributesSchema = Type.Object(sharedFields, { additionalProperties: false });

/** An asset written out: the shared fields and its key. */
export const assetSpecSchema = Type.Object(
  { key: assetKeyAttribute, ...sharedFields },
  { additionalProperties: false, description: "An asset." },
);

/** Fields put over a base spec: the shared ones, and a key or a prefix of it. */
export const assetAttributesSchema = Type.Object(
  {
    key: Type.Optional(assetKeyAttribute),
    key_prefix: Type.Optional(
      Type.Union([Type.String(), Type.Array(Type.String())], { description: "Put in front of the key." }),
    ),
    ...sharedFields,
  },
  { additionalProperties: false, description: "Fields of an asset that replace those of its base." },
);

export const checkSpecSchema = Type.Object(
  {
    name: Type.String({ description: "Unique among the checks of the asset." }),
    asset: assetKeyAttribute,
    additional_deps: Type.Optional(Type.Array(assetKeyAttribute)),
    description: text("What the check asks, for people."),
    blocking: Type.Boolean({
      default: false,
      description: "Whether a failure keeps downstream steps from starting.",
    }),
    metadata: Type.Optional(Type.Record(Type.String(), Type.Any())),
    automation_condition: Type.Optional(conditionAttribute),
  },
  { additionalProperties: false, description: "A check of an asset." },
);

/** Settings of the step that a component makes. */
export const opSpecSchema = Type.Object(
  {
    name: text("Name of the step; made from the component's name unless given."),
    tags: Type.Optional(Type.Record(Type.String(), Type.Any())),
    description: text("What the step does."),
    pool: text("Pool whose slots the step takes."),
    backfill_policy: Type.Optional(backfillPolicySchema),
    retry_policy: Type.Optional(retryPolicySchema),
  },
  { additionalProperties: false, description: "Settings of the step." },
);

export type AssetSpecAttributes = Static<typeof assetSpecSchema>;
export type AssetAttributes = Static<typeof assetAttributesSchema>;
export type CheckSpecAttributes = Static<typeof checkSpecSchema>;
export type OpSpecAttributes = Static<typeof opSpecSchema>;
