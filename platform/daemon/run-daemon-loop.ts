import type { Instance } from "../instance/instance.ts";
import { createWorkLoop } from "../instance/work-loop.ts";
import { createDaemon, type LoopName } from "./daemon.ts";
import type { ToldTick } from "./tick-round.ts";

/** Changes within so long are seen to together. */
const gatherMs = 300;
/** Looks so often even if nobody tells of anything. */
const longestWaitMs = 30_000;

/** Keeps the loops of an instance going until it is disposed; ticks that made runs are told. */
export function startDaemon(
  { automation: desk, log }: Pick<Instance, "automation" | "log">,
  { onTick = () => {}, only }: { onTick?(tick: ToldTick): void; readonly only?: readonly LoopName[] } = {},
): AsyncDisposable {
  const daemon = createDaemon({
    desk,
    ...(only === undefined ? {} : { only }),
    now: () => Temporal.Now.instant(),
    onTick(tick) {
      const { instigator, runs, reason } = tick;
      log.info("tick", {
        instigator,
        runs: runs.map(({ id }) => id),
        ...(reason === undefined ? {} : { reason }),
      });
      onTick(tick);
    },
    onError: (error, instigator) => log.error("a tick failed", { instigator, err: error }),
  });
  let timer: NodeJS.Timeout | undefined;
  let gathering: NodeJS.Timeout | undefined;
  const loop = createWorkLoop({
    async work() {
      clearTimeout(timer);
      const next = await daemon.round();
      const wait = next === undefined ? longestWaitMs : next - Temporal.Now.instant().epochMilliseconds;
      timer = setTimeout(() => loop.wake(), Math.min(Math.max(wait, gatherMs), longestWaitMs));
    },
    onError(error) {
      log.error("a round of the daemon failed", { err: error });
      timer = setTimeout(() => loop.wake(), longestWaitMs);
    },
  });
  const end = desk.onChange(() => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      loop.wake();
    }, gatherMs);
  });
  loop.wake();
  return {
    async [Symbol.asyncDispose]() {
      end();
      clearTimeout(gathering);
      clearTimeout(timer);
      await loop[Symbol.asyncDispose]();
      clearTimeout(timer);
    },
  };
}
