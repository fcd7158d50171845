// `template` gives `{{ … }}` its value: parsed once, evaluated against a scope; secrets stay marked.
import { Secret } from "../core/secret.ts";
import { Evaluation } from "./evaluation.ts";
import type { Expression, ParsedTemplate, Statement } from "./expression.ts";
import { checkTextLength } from "./limits.ts";
import { textOf } from "./python-text.ts";
import { itemsOf, newMapping, truthOf } from "./python-values.ts";
import { type Scope, templateFunction } from "./scope.ts";
import { holdsSecret } from "./secrets.ts";
import { templateError, templateLimit } from "./template-error.ts";

/**
 * The value of a template.
 *
 * A text that is one `{{ … }}` and nothing else keeps the value's type; anything around it makes a text, and a
 * comment alone is null. What holds a part of a secret is a `Secret`. Throws TemplateError, always with a place.
 */
export function evaluateTemplate(template: ParsedTemplate, scope: Scope): unknown {
  const evaluation = new Evaluation(template.text, scope);
  try {
    if (template.sole !== undefined) return evaluation.leave(evaluation.evaluate(template.sole));
    if (template.body.length === 0) return null;
    const output = new Output(evaluation);
    evaluation.at({ start: 0, end: template.text.length }, () => output.write(template.body));
    return output.result();
  } catch (error) {
    // Data that is nested very deeply, or holds itself, overflows the stack.
    if (!(error instanceof RangeError)) throw error;
    throw templateLimit("a value is nested too deeply").placeAt({ start: 0, end: template.text.length });
  }
}

class Output {
  readonly #evaluation: Evaluation;
  #text = "";
  #secret = false;

  constructor(evaluation: Evaluation) {
    this.#evaluation = evaluation;
  }

  result(): string | Secret {
    return this.#secret ? new Secret(this.#text) : this.#text;
  }

  write(body: readonly Statement[]): void {
    for (const statement of body) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    const evaluation = this.#evaluation;
    switch (statement.kind) {
      case "text":
        this.#append(statement.text);
        return;
      case "output":
        this.#value(statement.value);
        return;
      case "if": {
        const branch = statement.branches.find(({ test }) => truthOf(evaluation.evaluate(test)));
        this.write(branch?.body ?? statement.otherwise);
        return;
      }
      case "set": {
        const { value } = statement;
        assign(
          evaluation,
          statement.names,
          isBody(value) ? this.#captured(value) : evaluation.evaluate(value),
        );
        return;
      }
      case "for":
        this.#loop(statement);
        return;
    }
  }

  #captured(body: readonly Statement[]): string | Secret {
    const inner = new Output(this.#evaluation);
    inner.write(body);
    return inner.result();
  }

  #loop({ names, items, filter, body, otherwise }: Statement & { kind: "for" }): void {
    const evaluation = this.#evaluation;
    const all = evaluation.at(items, () => itemsOf(evaluation.evaluate(items)));
    const isChosen = (item: unknown): boolean =>
      filter === undefined ||
      evaluation.inFrame(() => {
        evaluation.at(items, () => assign(evaluation, names, item));
        return truthOf(evaluation.evaluate(filter));
      });
    const chosen = all.filter(isChosen);
    chosen.forEach((item, index) => {
      evaluation.inFrame(() => {
        evaluation.at(items, () => {
          evaluation.spend(1);
          assign(evaluation, names, item);
        });
        evaluation.set("loop", loopValues(chosen, index));
        this.write(body);
      });
    });
    if (chosen.length === 0) this.write(otherwise);
  }

  #value(node: Expression): void {
    const evaluation = this.#evaluation;
    const value = evaluation.evaluate(node);
    evaluation.at(node, () => {
      evaluation.checkPrintable(value, node);
      this.#secret ||= holdsSecret(value);
      this.#append(textOf(value));
    });
  }

  #append(text: string): void {
    checkTextLength(this.#text.length + text.length);
    this.#evaluation.spendFor(text);
    this.#text += text;
  }
}

function isBody(value: Expression | readonly Statement[]): value is readonly Statement[] {
  return Array.isArray(value);
}

function assign(evaluation: Evaluation, names: readonly string[], value: unknown): void {
  if (names.length === 1) {
    evaluation.set(names[0] as string, value);
    return;
  }
  const values = itemsOf(value);
  if (values.length !== names.length) {
    throw templateError(`${names.length} names can't take ${values.length} values`);
  }
  names.forEach((name, index) => {
    evaluation.set(name, values[index]);
  });
}

function loopValues(items: readonly unknown[], index: number): object {
  const { length } = items;
  const entries: [string, unknown][] = [
    ["index", index + 1],
    ["index0", index],
    ["revindex", length - index],
    ["revindex0", length - index - 1],
    ["first", index === 0],
    ["last", index === length - 1],
    ["length", length],
    ["cycle", templateFunction((...values: unknown[]) => values[index % Math.max(1, values.length)])],
  ];
  if (index > 0) entries.push(["previtem", items[index - 1]]);
  if (index < length - 1) entries.push(["nextitem", items[index + 1]]);
  return newMapping(entries);
}
