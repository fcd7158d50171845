import type { JobBinding, JobSpec } from "../core/job.ts";
import type { RunConfig } from "../core/run.ts";
import type { Collected } from "./collected.ts";

/** Jobs as they are in one environment: what differs there is put over what holds everywhere. */
export function settleJobs(
  jobs: ReadonlyMap<string, Collected<JobSpec>>,
  environment: string,
): Map<string, Collected<JobSpec>> {
  return new Map(
    [...jobs].map(([name, { spec, component }]) => [name, { spec: settled(spec, environment), component }]),
  );
}

function settled({ environments, ...job }: JobSpec, environment: string): JobSpec {
  const { config, resources, tags }: JobBinding = environments?.[environment] ?? {};
  return {
    ...job,
    ...(config === undefined ? {} : { config: joinConfig(job.config ?? {}, config) }),
    ...(resources === undefined ? {} : { resources: { ...job.resources, ...resources } }),
    ...(tags === undefined ? {} : { tags: { ...job.tags, ...tags } }),
  };
}

/** Field by field of each step and resource. */
function joinConfig(outer: RunConfig, inner: RunConfig): RunConfig {
  return {
    ...joinParts("steps", outer, inner),
    ...joinParts("resources", outer, inner),
  };
}

function joinParts(part: keyof RunConfig, outer: RunConfig, inner: RunConfig): RunConfig {
  const names = [...new Set([...Object.keys(outer[part] ?? {}), ...Object.keys(inner[part] ?? {})])];
  if (names.length === 0) return {};
  return {
    [part]: Object.fromEntries(
      names.map((name) => [name, { ...outer[part]?.[name], ...inner[part]?.[name] }]),
    ),
  };
}
