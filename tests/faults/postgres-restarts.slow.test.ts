import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool } from "../require-tool.ts";
import { checkHistory } from "./check-history.ts";
import { historyOf } from "./history-of.ts";
import { faultNumber, seeded } from "./seeded.ts";
import { copyShopOfFaults, mostRuns } from "./shop-of-faults.ts";
import { Team, teamStorage } from "./team.ts";

vi.setConfig({ testTimeout: 1_800_000 });
beforeEach((context) => void requireTool(context, "postgres"));

const ways = ["fast", "immediate", "kill"] as const;

test("a Postgres that is restarted again and again while runs go on costs none of them anything", async () => {
  const seed = faultNumber("SEED", Date.now() % 100_000);
  const restarts = faultNumber("RESTARTS", 20);
  const runs = faultNumber("RUNS", 200);
  console.log(`DOP_FAULT_SEED=${seed}`);
  const random = seeded(seed);
  await using postgres = await PostgresServer.start();
  const { root } = copyShopOfFaults(teamStorage);
  const url = await postgres.createDatabase();
  await using team = await Team.start(root, url, ["server", "daemon", "worker"]);

  const asked: string[] = [];
  const unanswered: string[] = [];
  const asking = (async () => {
    for (let number = 0; number < runs; number++) {
      const open = await team.storage.queuedRuns(20);
      if (open.length === 20) await delay(100);
      const selection = number % 8 === 0 ? "key:chain/*" : number % 8 === 1 ? "key:till/*" : "key:nothing";
      const ask = String(number);
      await team.ask({ selection, tags: { ask } }).then(
        (id) => asked.push(id),
        // The answer, or the question, was lost with the server.
        () => unanswered.push(ask),
      );
    }
  })();
  for (let restart = 0; restart < restarts; restart++) {
    await delay(200 + random.below(1500));
    await postgres.stop(random.pick(ways));
    await delay(random.below(1000));
    await postgres.start();
  }
  await asking;
  await team.atRest(180_000);
  const codes = await team.stop();
  console.log(`${asked.length} runs, ${unanswered.length} requests without an answer, ${restarts} restarts`);
  const history = await historyOf(team.storage);
  const poolPeaks = await team.poolPeaks();
  const { seen } = team;
  // Runs differ in their tags, so their order is told by what is asked for alone.
  const alike = history.runs.map((run) => ({ ...run, request: { ...run.request, tags: {} } }));
  expect(
    checkHistory({ ...history, asked, unanswered, seen, poolPeaks, mostRuns, queueSlackMs: 0 }),
    `DOP_FAULT_SEED=${seed}`,
  ).toEqual([]);
  const inOrder = { ...history, runs: alike, asked: alike.map(({ id }) => id), seen, poolPeaks };
  expect(checkHistory({ ...inOrder, queueSlackMs: 10_000 })).toEqual([]);
  expect(history.runs.filter(({ status }) => status !== "success")).toEqual([]);
  expect(history.runs.length).toBeGreaterThanOrEqual(runs * 0.8);
  expect(codes).toEqual(codes.map(() => 0));
});
