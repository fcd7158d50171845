import type { CommandGroup } from "../command.ts";

export const backfill: CommandGroup = {
  name: "backfill",
  summary: "Backfills: bring many partitions up to date in several runs",
  commands: {
    create: async () => (await import("./backfill-create.ts")).backfillCreate,
    list: async () => (await import("./backfill-list.ts")).backfillList,
    show: async () => (await import("./backfill-show.ts")).backfillShow,
    pause: async () => (await import("./backfill-change.ts")).backfillPause,
    resume: async () => (await import("./backfill-change.ts")).backfillResume,
    cancel: async () => (await import("./backfill-change.ts")).backfillCancel,
    retry: async () => (await import("./backfill-change.ts")).backfillRetry,
  },
};
