import type { SensorSpec } from "../core/job.ts";
import { watchedFiles } from "../instance/watched-files.ts";
import { evaluateAssets, evaluateRunStatus, type SensorRound } from "./event-sensors.ts";
import { evaluateFiles, type FileSettings } from "./file-sensor.ts";
import type { SensorEvaluation } from "./sensor-evaluation.ts";

/** A file rests for so long before it is asked for, unless the sensor says otherwise. */
const settleSeconds = 5;

/** One look of a sensor that needs no user code. */
export async function evaluateSensor(
  sensor: SensorSpec,
  round: SensorRound,
  cursor: string | null,
): Promise<SensorEvaluation> {
  if (sensor.kind === "run_status") return await evaluateRunStatus(sensor, round, cursor);
  if (sensor.kind === "asset") return await evaluateAssets(sensor, round, cursor);
  const settings = sensor.settings as unknown as FileSettings & {
    readonly folder: string;
    readonly pattern?: string;
    readonly settle?: number;
  };
  const { files, read } = await watchedFiles(round.desk.root, settings.folder, settings.pattern);
  return await evaluateFiles(files, {
    ...settings,
    cursor,
    settleMs: (settings.settle ?? settleSeconds) * 1000,
    now: round.now.epochMilliseconds,
    read,
  });
}
