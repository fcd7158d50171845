import type { RunView } from "../core/views.ts";
import type { RunListFilter, Runs } from "../instance/runs.ts";

const pageSize = 500;

/** Runs, newest first; with a job those of it alone, looked for as far back as needed. */
export async function listRunsOf(
  runs: Runs,
  job: string | undefined,
  filter: RunListFilter & { readonly limit: number },
): Promise<RunView[]> {
  if (job === undefined) return await runs.list(filter);
  const found: RunView[] = [];
  for (let { before } = filter; ; ) {
    const page = await runs.list({ ...filter, limit: pageSize, ...(before === undefined ? {} : { before }) });
    found.push(...page.filter((run) => run.job === job));
    before = page.at(-1)?.id;
    if (found.length >= filter.limit || page.length < pageSize) return found.slice(0, filter.limit);
  }
}
