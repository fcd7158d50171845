import type { BackfillDetailView } from "../core/views.ts";
import type { AskedBackfill, BackfillRecords, BackfillVerb } from "../instance/backfill-records.ts";
import { backfillPlanText, backfillText } from "./backfill-text.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { followBackfill } from "./follow-backfill.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { type BackfillsAtHand, withBackfills } from "./with-backfills.ts";

/** Plans a backfill, tells the plan, and asks for it. */
export async function createBackfill(
  choice: ProjectChoice,
  context: CommandContext,
  {
    asked,
    dryRun,
    follow,
    json,
  }: {
    readonly asked: AskedBackfill;
    readonly dryRun: boolean;
    readonly follow: boolean;
    readonly json: boolean;
  },
): Promise<number> {
  if (dryRun && follow)
    throw new CommandError("--dry-run asks for nothing to follow", "leave one of them out");
  return await withBackfills(choice, context, { drives: follow }, async (hand) => {
    const plan = await hand.backfills.plan(asked);
    if (dryRun) {
      context.print(json ? asJson({ schema: "dop.backfill_plan/1", plan }) : backfillPlanText(plan));
      return 0;
    }
    if (!json) context.say(`${backfillPlanText(plan)}\n`);
    const backfill = await hand.backfills.create(asked);
    return await told(backfill, { hand, context, follow, json });
  });
}

export async function showBackfill(
  choice: ProjectChoice,
  context: CommandContext,
  { id, follow, json }: { readonly id: string | undefined; readonly follow: boolean; readonly json: boolean },
): Promise<number> {
  return await withBackfills(choice, context, { drives: follow }, async (hand) => {
    const found = await findBackfill(hand.backfills, id);
    const backfill = follow ? await followBackfill(hand, found.id, { ...context, quiet: json }) : found;
    context.print(json ? asJson({ schema: "dop.backfill/1", backfill }) : backfillText(backfill));
    return follow ? exitCode(backfill) : 0;
  });
}

export async function changeBackfill(
  choice: ProjectChoice,
  context: CommandContext,
  {
    id,
    verb,
    follow,
    json,
  }: {
    readonly id: string;
    readonly verb: BackfillVerb;
    readonly follow: boolean;
    readonly json: boolean;
  },
): Promise<number> {
  return await withBackfills(choice, context, { drives: follow }, async (hand) => {
    const { id: found } = await findBackfill(hand.backfills, id);
    const backfill = await hand.backfills.change(found, verb);
    return await told(backfill, { hand, context, follow, json });
  });
}

async function told(
  backfill: BackfillDetailView,
  {
    hand,
    context,
    follow,
    json,
  }: {
    readonly hand: BackfillsAtHand;
    readonly context: CommandContext;
    readonly follow: boolean;
    readonly json: boolean;
  },
): Promise<number> {
  if (follow) {
    const ended = await followBackfill(hand, backfill.id, { ...context, quiet: json });
    context.print(json ? asJson({ schema: "dop.backfill/1", backfill: ended }) : backfillText(ended));
    return exitCode(ended);
  }
  context.print(
    json ? asJson({ schema: "dop.backfill/1", backfill }) : `backfill ${backfill.id}: ${backfill.status}`,
  );
  if (hand.doneBy === "nobody" && (backfill.status === "running" || backfill.status === "canceling")) {
    context.say(
      `nobody works at it now: \`dop dev\` does, or \`dop backfill show ${backfill.id.slice(0, 13)} --follow\``,
    );
  }
  return 0;
}

function exitCode({ status }: BackfillDetailView): number {
  return status === "success" ? 0 : 1;
}

// Ids begin with their time, so fewer characters than these would match whole days.
const shortestPrefix = 8;

/** The backfill of an id or of its first characters; the newest where none is given. Throws CommandError. */
async function findBackfill(backfills: BackfillRecords, id: string | undefined): Promise<BackfillDetailView> {
  const exact = id === undefined ? undefined : await backfills.find(id);
  if (exact !== undefined) return exact;
  const recent = await backfills.list({ limit: id === undefined ? 1 : 500 });
  const matching = recent.filter(
    (one) => id === undefined || (id.length >= shortestPrefix && one.id.startsWith(id)),
  );
  const [only, other] = matching;
  if (only !== undefined && other !== undefined)
    throw new CommandError(
      `${matching.length} backfills begin with \`${id}\``,
      `such as ${only.id} and ${other.id}`,
    );
  const found = only === undefined ? undefined : await backfills.find(only.id);
  if (found !== undefined) return found;
  if (id === undefined)
    throw new CommandError("there is no backfill yet", "`dop backfill create` asks for one");
  throw new CommandError(`there is no backfill \`${id}\``, "`dop backfill list` shows them");
}

function asJson(value: object): string {
  return JSON.stringify(value, undefined, 2);
}
