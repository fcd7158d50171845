import { followOption } from "../backfill-options.ts";
import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

const id = { backfill: { summary: "Id of the backfill, or its first characters", required: true } } as const;
const options = { ...jsonOption, ...projectOptions } as const;

export const backfillPause = command({
  name: "pause",
  summary: "Start no further runs of a backfill; those that go on go on",
  arguments: id,
  options,
  async run({ backfill, json, project, env }, context) {
    const { changeBackfill } = await import("../backfill-actions.ts");
    return await changeBackfill({ project, env }, context, {
      id: backfill,
      verb: "pause",
      json,
      follow: false,
    });
  },
});

export const backfillResume = command({
  name: "resume",
  summary: "Let a paused backfill go on",
  arguments: id,
  options: { ...followOption, ...options },
  async run({ backfill, json, follow, project, env }, context) {
    const { changeBackfill } = await import("../backfill-actions.ts");
    return await changeBackfill({ project, env }, context, { id: backfill, verb: "resume", json, follow });
  },
});

export const backfillCancel = command({
  name: "cancel",
  summary: "End a backfill and cancel its runs",
  details: "What is done stays. `dop backfill retry` asks for the rest later.",
  arguments: id,
  options,
  async run({ backfill, json, project, env }, context) {
    const { changeBackfill } = await import("../backfill-actions.ts");
    return await changeBackfill({ project, env }, context, {
      id: backfill,
      verb: "cancel",
      json,
      follow: false,
    });
  },
});

export const backfillRetry = command({
  name: "retry",
  summary: "Ask again for everything that an ended backfill did not do",
  arguments: id,
  options: { ...followOption, ...options },
  async run({ backfill, json, follow, project, env }, context) {
    const { changeBackfill } = await import("../backfill-actions.ts");
    return await changeBackfill({ project, env }, context, { id: backfill, verb: "retry", json, follow });
  },
});
