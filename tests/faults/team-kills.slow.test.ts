import { setTimeout as delay } from "node:timers/promises";
import { beforeEach, expect, test, vi } from "vitest";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool } from "../require-tool.ts";
import { checkHistory } from "./check-history.ts";
import { historyOf } from "./history-of.ts";
import { Killings } from "./kills.ts";
import { faultNumber, seeded } from "./seeded.ts";
import { copyShopOfFaults, mostRuns, selections } from "./shop-of-faults.ts";
import { Team, teamStorage } from "./team.ts";

vi.setConfig({ testTimeout: 1_800_000 });
beforeEach((context) => void requireTool(context, "postgres"));

test("a team whose daemons, workers and their processes are killed at every point of a run loses and doubles nothing", async () => {
  const seed = faultNumber("SEED", Date.now() % 100_000);
  const kills = faultNumber("KILLS", 120);
  console.log(`DOP_FAULT_SEED=${seed}`);
  const random = seeded(seed);
  const killings = new Killings(random);
  await using postgres = await PostgresServer.start();
  const { root } = copyShopOfFaults(teamStorage);
  const url = await postgres.createDatabase();
  await using team = await Team.start(root, url, ["server", "daemon", "daemon", "worker", "worker"]);

  const pids = (...roles: ("daemon" | "worker")[]) =>
    roles.flatMap((role) => team.members(role).map(({ pid }) => pid));
  const strikeAt = (point: string) => {
    if (killings.count >= kills || random.next() > 0.3) return;
    const kind = random.next();
    // What holds a lease is missed for its whole length, so it is killed more rarely.
    if (kind < 0.06) killings.strike(point, "owner", pids("worker"));
    else if (kind < 0.15) killings.strike(point, "owner", pids("daemon"));
    else {
      const victim = kind < 0.6 ? "run worker" : "grandchild";
      // In the middle of a step, too.
      setTimeout(() => killings.strike(point, victim, pids("worker")), random.below(200));
    }
  };
  team.storage.subscribe(({ events, runs }) => {
    for (const { event } of events) strikeAt(event.type);
    // Runs that are queued, and slots that are given back, come without an event.
    if (events.length === 0 && runs.length > 0) strikeAt("without event");
  });

  const asked: string[] = [];
  while (killings.count < kills) {
    const open = (await team.storage.queuedRuns(100)).length;
    if (open < 10) {
      const selection = random.pick(selections) as string;
      asked.push(await team.ask({ selection, priority: random.below(3) }));
    } else await delay(50);
  }
  // What was to be killed a moment later.
  await delay(300);
  await team.atRest(120_000);
  const codes = await team.stop();
  console.log(`${asked.length} runs; ${killings.text()}`);
  const history = await historyOf(team.storage);
  const poolPeaks = await team.poolPeaks();
  expect(
    checkHistory({ ...history, asked, seen: team.seen, poolPeaks, mostRuns, queueSlackMs: 2000 }),
    `DOP_FAULT_SEED=${seed}`,
  ).toEqual([]);
  expect(history.runs.filter(({ status }) => status !== "success")).toEqual([]);
  expect(codes).toEqual(codes.map(() => 0));
});
