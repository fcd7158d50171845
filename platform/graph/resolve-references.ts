import type { AssetKey } from "../core/asset-key.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import { isReference, type Reference } from "../core/reference.ts";
import { didYouMean } from "../core/suggest.ts";
import type { CollectedAsset } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { type Placed, placeOf } from "./place.ts";

/** Answers a reference that no definition answers; `undefined` leaves it unanswered. */
export type ResolveReference = (kind: string, argument: string) => AssetKey | undefined;

/** Looks for the definitions that answer references (`dbt_model:orders`). */
export class ReferenceResolver {
  readonly #answers = new Map<string, CollectedAsset[]>();
  readonly #problems: MergeProblems;
  readonly #fallback: ResolveReference | undefined;

  constructor(
    assets: Iterable<CollectedAsset>,
    problems: MergeProblems,
    fallback: ResolveReference | undefined,
  ) {
    this.#problems = problems;
    this.#fallback = fallback;
    for (const asset of assets) {
      for (const question of asset.spec.answers ?? []) {
        const others = this.#answers.get(question);
        if (others === undefined) this.#answers.set(question, [asset]);
        else others.push(asset);
      }
    }
  }

  /** The key itself, or that of the one asset that answers; anything else is told at the reference's place. */
  resolve(
    key: AssetKey | Reference,
    { placed, component, field }: { placed: Placed; component: LoadedComponent; field: string },
  ): AssetKey | undefined {
    if (!isReference(key)) return key;
    const { kind, argument } = key;
    const answers = this.#answers.get(`${kind}:${argument}`) ?? [];
    if (answers.length === 1) return answers[0]?.spec.key;
    const span = key.span ?? placeOf(placed, component, field);
    if (answers.length > 1) {
      this.#problems.report(
        {
          code: "unresolved-reference",
          message: `${words(kind)} \`${argument}\` is answered by ${answers.length} assets`,
          hint: "name the asset by its key",
          span,
          related: answers.map((answer) => ({
            span: placeOf(answer.spec, answer.component),
            message: `\`${answer.spec.key}\` is here`,
          })),
        },
        component,
      );
      return undefined;
    }
    const fallback = this.#fallback?.(kind, argument);
    if (fallback !== undefined) return fallback;
    const known = [...this.#answers.keys()]
      .filter((question) => question.startsWith(`${kind}:`))
      .map((question) => question.slice(kind.length + 1));
    this.#problems.report(
      {
        code: "unresolved-reference",
        message: `no component of the project has the ${words(kind)} \`${argument}\``,
        hint:
          didYouMean(argument, known) ??
          (known.length === 0
            ? `no component of the project answers for a ${words(kind)} at all`
            : undefined),
        span,
      },
      component,
    );
    return undefined;
  }
}

function words(kind: string): string {
  return kind.replaceAll("_", " ");
}
