import { Secret } from "../core/secret.ts";
import { undefinedName } from "./absent.ts";
import { attributeAt } from "./entries.ts";
import { filters } from "./filters.ts";
import { mostSteps } from "./limits.ts";
import { entriesOf, isMapping } from "./python-values.ts";
import type { Scope } from "./scope.ts";
import { keepingSecret } from "./secrets.ts";
import { bindValues, type NamedValues, type Operation, type Runtime } from "./signature.ts";
import { TemplateError, templateLimit } from "./template-error.ts";
import { tests } from "./tests.ts";

/** What one evaluation of one template has: its scope, the names it has set, and what it has used of its limits. */
export class EvaluationState implements Runtime {
  readonly #scope: Scope;
  readonly #frames: Map<string, unknown>[] = [new Map()];
  #steps = 0;

  constructor(scope: Scope) {
    this.#scope = scope;
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps <= mostSteps) return;
    throw templateLimit(`the template takes more than ${mostSteps.toLocaleString("en")} steps`);
  }

  /** Counts what going over a value costs: its items at every level, and its texts by their length. */
  spendFor(value: unknown): void {
    if (typeof value === "string") {
      this.spend(value.length >> 7);
    } else if (value instanceof Secret) {
      this.spend(value.reveal().length >> 7);
    } else if (Array.isArray(value)) {
      this.spend(value.length);
      for (const item of value) if (typeof item === "object" || typeof item === "string") this.spendFor(item);
    } else if (isMapping(value)) {
      for (const [, item] of entriesOf(value)) {
        this.spend(1);
        this.spendFor(item);
      }
    }
  }

  set(name: string, value: unknown): void {
    (this.#frames.at(-1) as Map<string, unknown>).set(name, value);
  }

  /** What is set inside is forgotten after it. */
  inFrame<T>(run: () => T): T {
    this.#frames.push(new Map());
    try {
      return run();
    } finally {
      this.#frames.pop();
    }
  }

  /** The value of a name, or undefined. */
  find(name: string): unknown {
    const frame = this.#frames.findLast((candidate) => candidate.has(name));
    return frame === undefined ? this.#scope.get(name) : frame.get(name);
  }

  /** Names that the template has set first. */
  names(): string[] {
    return [...new Set([...this.#frames.flatMap((frame) => [...frame.keys()]), ...this.#scope.names()])];
  }

  /** Puts an error without a place at `node`. */
  at<T>(node: { readonly start: number; readonly end: number }, run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw error instanceof TemplateError ? error.placeAt(node) : error;
    }
  }

  applyFilter(
    name: string,
    value: unknown,
    positional: readonly unknown[],
    named: NamedValues = {},
  ): unknown {
    const filter = filters.get(name);
    if (filter !== undefined) return this.apply(filter, { name, value, positional, named });
    throw undefinedName(`there is no filter \`${name}\``, name, [...filters.keys()]);
  }

  applyTest(name: string, value: unknown, positional: readonly unknown[], named: NamedValues = {}): boolean {
    const test = tests.get(name);
    if (test === undefined) throw undefinedName(`there is no test \`${name}\``, name, [...tests.keys()]);
    this.spendFor([value, positional]);
    return test.run(this, value, bindValues(`\`${name}\``, test, positional, named), named) === true;
  }

  attributeOf(value: unknown, path: unknown): unknown {
    return attributeAt(value, path);
  }

  /** Runs a filter or a method, with secrets kept as it says. */
  apply(operation: Operation, { name, value, positional, named }: Application): unknown {
    if (operation.secrecy === "hide") this.spendFor([value, positional]);
    else this.spend(1 + (Array.isArray(value) ? value.length : 0));
    const values = bindValues(`\`${name}\``, operation, positional, named);
    const run = ([target, bound, names]: readonly unknown[]): unknown =>
      operation.run(this, target, bound as unknown[], names as NamedValues);
    const asIs = operation.secrecy === "tell" || (operation.secrecy === "move" && !(value instanceof Secret));
    const inputs = [value, values, named];
    return asIs ? run(inputs) : keepingSecret(inputs, run);
  }
}

export interface Application {
  readonly name: string;
  readonly value: unknown;
  readonly positional: readonly unknown[];
  readonly named: NamedValues;
}
