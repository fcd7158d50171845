import { type ComponentContext, type Target, Type } from "#platform";

/** The two ways in which a schedule or sensor says what it asks for. */
export const targetFields = {
  target: Type.Optional(
    Type.String({
      minLength: 1,
      description: "Selection of the assets that it asks for, such as `group:marts`.",
    }),
  ),
  job: Type.Optional(
    Type.String({ minLength: 1, description: "Name of the job that it asks for, instead of `target`." }),
  ),
};

export const defaultStatusAttribute = Type.Union([Type.Literal("running"), Type.Literal("stopped")], {
  default: "stopped",
  description: "Whether it is on when nobody has switched it.",
});

/** Exactly one of `target` and `job`; anything else is reported. */
export function targetOf(
  context: Pick<ComponentContext, "report">,
  { target, job }: { readonly target?: string; readonly job?: string },
): Target | undefined {
  if (target !== undefined && job === undefined) return { selection: target };
  if (job !== undefined && target === undefined) return { job };
  context.report(job === undefined ? [] : ["job"], {
    code: job === undefined ? "missing-attribute" : "invalid-attribute-value",
    message: job === undefined ? "`target` is missing" : "`target` and `job` are both given",
    hint: "write `target` with a selection, or `job` with the name of a job",
  });
  return undefined;
}
