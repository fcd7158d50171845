// All that component classes and definitions may import from dop, as `#platform`.
export type { Static, TObject, TProperties, TSchema } from "typebox";
export type { AssetSpec } from "./core/asset.ts";
export { assetFieldsOf } from "./core/asset-fields.ts";
export {
  type AssetKey,
  assetKey,
  assetKeyParts,
  type CheckKey,
  checkKey,
  parseAssetKey,
  prefixAssetKey,
} from "./core/asset-key.ts";
export type { AssetCheckSpec, CheckEvaluation, CheckSeverity } from "./core/check.ts";
export type { CodeReference } from "./core/code-reference.ts";
export type { AutomationCondition } from "./core/condition.ts";
export { conditionText } from "./core/condition-text.ts";
export { isSecretVariable } from "./core/environment.ts";
export type { FreshnessPolicy } from "./core/freshness.ts";
export type {
  ActiveTimes,
  JobSpec,
  PoolSpec,
  ResourceSpec,
  ScheduleSpec,
  SensorSpec,
  Target,
} from "./core/job.ts";
export {
  type Json,
  type Metadata,
  type MetadataValue,
  metadataOf,
  type RawMetadata,
  type TableColumn,
} from "./core/metadata.ts";
export type {
  PartitionKey,
  PartitionMapping,
  PartitionSet,
  PartitionsDefinition,
} from "./core/partitions.ts";
export type { BackfillPolicy, RetryPolicy } from "./core/policies.ts";
export type { Problem, ProblemCode } from "./core/problem.ts";
export { isReference, type Reference, reference } from "./core/reference.ts";
export { holdsSecret, isPlainObject, reveal, Secret } from "./core/secret.ts";
export { didYouMean } from "./core/suggest.ts";
export { type AssetDefinition, asset } from "./define/asset.ts";
export {
  type AssetAttributes,
  type AssetSpecAttributes,
  assetAttributesSchema,
  assetKeyAttribute,
  assetSpecSchema,
  backfillPolicySchema,
  type CheckSpecAttributes,
  checkSpecSchema,
  conditionAttribute,
  durationAttribute,
  freshnessAttribute,
  type OpSpecAttributes,
  opSpecSchema,
  partitionsAttribute,
  retryPolicySchema,
  sharedAssetAttributesSchema,
} from "./define/asset-attributes.ts";
export { type AssetReference, partitioned } from "./define/asset-reference.ts";
export {
  type AutomationGroupDefinition,
  type AutomationGroupOptions,
  automationGroup,
} from "./define/automation-group.ts";
export { automation } from "./define/automation-names.ts";
export { type CheckDefinition, check } from "./define/check.ts";
export { Component, type ComponentContext, ProblemError, type ScopeContext } from "./define/component.ts";
export type { ConditionAnswer, ConditionContext } from "./define/condition-definition.ts";
export { type CustomCondition, customCondition } from "./define/custom-condition.ts";
export type { Definitions } from "./define/definitions.ts";
export { definitions } from "./define/definitions-of.ts";
export { duckDbFilePool } from "./define/duckdb-file-pool.ts";
export { type ExternalAsset, externalAsset } from "./define/external-asset.ts";
export { type Graph, graph } from "./define/graph.ts";
export { graphAsset, graphMultiAsset } from "./define/graph-asset.ts";
export { hook } from "./define/hook.ts";
export {
  type IoContext,
  type IoManager,
  type IoManagerDefinition,
  type IoManagerSetting,
  ioManager,
  type SqlRelation,
  sqlRelation,
  storedFile,
} from "./define/io-manager.ts";
export { type JobDefinition, job } from "./define/job.ts";
export type { ComponentLock } from "./define/lock.ts";
export { type MultiAssetDefinition, multiAsset } from "./define/multi-asset.ts";
export { type MultiCheckDefinition, multiCheck } from "./define/multi-check.ts";
export { input, type Op, op } from "./define/op.ts";
export { type DynamicOutput, dynamic, dynamicOutput, optional, out } from "./define/op-output.ts";
export { isMaterializeResult, type MaterializeResult, materializeResult, output } from "./define/output.ts";
export {
  daily,
  dynamicPartitions,
  hourly,
  monthly,
  multiPartitions,
  staticPartitions,
  timeWindows,
  weekly,
} from "./define/partitions.ts";
export { type ResourceContext, type ResourceDefinition, resource } from "./define/resource.ts";
export { type ScheduleDefinition, type ScheduleOptions, schedule } from "./define/schedule.ts";
export { Type } from "./define/schema-builders.ts";
export { type SensorDefinition, sensor } from "./define/sensor.ts";
export type {
  SensorAnswer,
  SensorContext,
  SensorFunction,
  SensorOutcome,
  SensorRequest,
  WebhookDelivery,
} from "./define/sensor-function.ts";
export { sourceAsset } from "./define/source-asset.ts";
export type { QueryResult, SqlEngine, SqlSession } from "./define/sql-engine.ts";
export {
  type CheckOutcome,
  type CheckOutcome as CheckResult,
  Failure,
  type HookContext,
  type HookDefinition,
  type MaterializeOptions,
  type PipesOptions,
  type PipesResult,
  RetryRequested,
  type Row,
  type StepContext,
  type StepDefinition,
  StepError,
  type StepPartition,
} from "./define/step.ts";
export { templateVar } from "./define/template-var.ts";
export { deferred, type Translation, translationSchema } from "./define/translation.ts";
export { DuckDb, type DuckDbSession } from "./io/duck-db.ts";
export { ioParts } from "./io/io-parts.ts";
export type { ObjectStore } from "./io/object-io.ts";
