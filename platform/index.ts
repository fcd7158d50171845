// All that component classes and definitions may import from dop, as `#platform`.
export { assetKey, assetKeyParts, checkKey, parseAssetKey, prefixAssetKey, type AssetKey, type CheckKey } from "./core/asset-key.ts";
export type { AssetSpec, CodeReference } from "./core/asset.ts";
export type { AssetCheckSpec, CheckEvaluation, CheckSeverity } from "./core/check.ts";
export type { AutomationCondition } from "./core/condition.ts";
export { conditionText } from "./core/condition-text.ts";
export type { FreshnessPolicy } from "./core/freshness.ts";
export type { JobSpec, PoolSpec, ResourceSpec, ScheduleSpec, SensorSpec, Target } from "./core/job.ts";
export { type Json, type Metadata, type MetadataValue, metadataOf, type RawMetadata, type TableColumn } from "./core/metadata.ts";
export type { PartitionKey, PartitionMapping, PartitionsDefinition, PartitionSet } from "./core/partitions.ts";
export type { BackfillPolicy, RetryPolicy } from "./core/policies.ts";
export type { Problem, ProblemCode } from "./core/problem.ts";
export { isReference, reference, type Reference } from "./core/reference.ts";
export { holdsSecret, isPlainObject, reveal, Secret } from "./core/secret.ts";
export { asset, type AssetDefinition, check, type CheckDefinition } from "./define/asset.ts";
export {
  assetAttributesSchema,
  type AssetAttributes,
  assetKeyAttribute,
  assetSpecSchema,
  type AssetSpecAttributes,
  backfillPolicySchema,
  checkSpecSchema,
  type CheckSpecAttributes,
  conditionAttribute,
  durationAttribute,
  freshnessAttribute,
  opSpecSchema,
  type OpSpecAttributes,
  partitionsAttribute,
  retryPolicySchema,
  sharedAssetAttributesSchema,
} from "./define/asset-attributes.ts";
export { automation } from "./define/automation-names.ts";
export { Component, type ComponentContext, ProblemError, type ScopeContext } from "./define/component.ts";
export type { Definitions } from "./define/definitions.ts";
export {
  ioManager,
  type IoContext,
  type IoManager,
  type SqlRelation,
  sqlRelation,
  storedFile,
} from "./define/io-manager.ts";
export type { ComponentLock } from "./define/lock.ts";
export { isMaterializeResult, type MaterializeResult, materializeResult, output } from "./define/output.ts";
export { daily, dynamicPartitions, hourly, monthly, multiPartitions, staticPartitions, timeWindows, weekly } from "./define/partitions.ts";
export { resource, type ResourceContext, type ResourceDefinition } from "./define/resource.ts";
export {
  type CheckOutcome,
  type MaterializeOptions,
  type Row,
  type StepContext,
  type StepDefinition,
  StepError,
  type StepPartition,
} from "./define/step.ts";
export { templateVar } from "./define/template-var.ts";
export { deferred, type Translation, translationSchema } from "./define/translation.ts";
export { DuckDb, type DuckDbSession } from "./io/duck-db.ts";
