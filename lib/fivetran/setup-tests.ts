import {
  type ComponentContext,
  type Definitions,
  type StepContext,
  type StepDefinition,
  StepError,
} from "#platform";
import type { FivetranClient } from "./fivetran-client.ts";

const stepName = "run_connection_setup_tests";
const failedStatuses = new Set(["FAILED", "JOB_FAILED"]);

/** The step that runs the setup tests of all connections of the account, also those that become no assets. */
export function setupTestsStep(createClient: (signal: AbortSignal) => FivetranClient): StepDefinition {
  return {
    name: stepName,
    assets: [],
    checks: [],
    canSubset: false,
    execution: "materialize",
    resources: [],
    async run(step) {
      const client = createClient(step.signal);
      for (const { id, schema } of await client.connections()) {
        await testConnection(client, { id, name: schema }, step);
      }
    },
  };
}

/** A job of the setup tests alone, and the schedule that asks for it. */
export function setupTestsSchedule(
  context: ComponentContext,
  cron: string,
): Pick<Definitions, "jobs" | "schedules"> {
  const job = "fivetran_connection_setup_tests";
  const codeReferences = [context.codeReference(["connection_setup_tests_schedule"])];
  return {
    jobs: [{ name: job, selection: "not *", steps: [stepName], codeReferences }],
    schedules: [
      {
        name: `${job}_schedule`,
        cron,
        timeZone: "UTC",
        target: { job },
        defaultStatus: "stopped",
        codeReferences,
      },
    ],
  };
}

/** Rejects with StepError at the first test that failed. */
async function testConnection(
  client: FivetranClient,
  { id, name }: { id: string; name: string },
  step: StepContext,
): Promise<void> {
  for (const test of await client.setupTests(id)) {
    if (failedStatuses.has(test.status)) {
      throw new StepError(
        `the setup test "${test.title}" of ${id} (${name}) ended as ${test.status}: ${test.message ?? ""}`,
        {
          retry: "later",
        },
      );
    }
    step.log.info(`${name}: ${test.title}: ${test.status}`);
  }
}
