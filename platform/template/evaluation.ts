import { Secret } from "../core/secret.ts";
import { Absent, undefinedName } from "./absent.ts";
import { callValue } from "./call-value.ts";
import { entryOf, hiddenNames, itemOf } from "./entries.ts";
import { MissingVariable, missingVariable } from "./environment-scope.ts";
import { EvaluationState } from "./evaluation-state.ts";
import type { Arguments, Expression } from "./expression.ts";
import { filters } from "./filters.ts";
import { checkTextLength } from "./limits.ts";
import { methodsOf } from "./methods.ts";
import { checkPrintable } from "./printable.ts";
import { binaryResult, isComparisonTrue, negative } from "./python-operators.ts";
import { textOf } from "./python-text.ts";
import * as python from "./python-values.ts";
import { isTemplateFunction, type Scope } from "./scope.ts";
import { keepingSecret } from "./secrets.ts";
import type { Operation } from "./signature.ts";
import { TemplateError, templateError } from "./template-error.ts";
import { tests } from "./tests.ts";

type Node<Kind extends Expression["kind"]> = Expression & { readonly kind: Kind };

/** Walks the expressions of one template. */
export class Evaluation extends EvaluationState {
  readonly #text: string;
  // Mappings that the template wrote itself; only these may be printed.
  readonly #own = new WeakSet<object>();

  constructor(text: string, scope: Scope) {
    super(scope);
    this.#text = text;
  }

  /** Throws TemplateError, with a place. */
  evaluate(node: Expression): unknown {
    const value = this.#lenient(node);
    if (value instanceof Absent) throw value.error;
    return value;
  }

  /** Like `evaluate`, but a name or an entry that is not there comes back as such. */
  #lenient(node: Expression): unknown {
    this.spend(1);
    switch (node.kind) {
      case "literal":
        return node.isFloat && typeof node.value === "number" ? python.floatOf(node.value) : node.value;
      case "name":
        return this.at(node, () => this.#named(node));
      case "attribute":
        return this.#attribute(node);
      case "item":
        return this.#item(node);
      case "condition":
        return this.#condition(node);
      default:
        return this.at(node, () => this.#strict(node));
    }
  }

  #strict(
    node: Exclude<Expression, { kind: "literal" | "name" | "attribute" | "item" | "condition" }>,
  ): unknown {
    switch (node.kind) {
      case "slice":
        return this.#slice(node);
      case "call":
        return this.#call(node);
      case "filter":
        return this.#filter(node);
      case "test":
        return this.#test(node) !== node.negated;
      case "list":
        return node.items.map((item) => this.evaluate(item));
      case "mapping":
        return this.#mapping(node);
      case "sign":
        return keepingSecret([this.evaluate(node.operand)], ([value]) => negative(node.operator, value));
      case "binary":
        return this.#binary(node);
      case "concat":
        return this.#concat(node);
      case "compare":
        return this.#compare(node);
      case "not":
        return !python.truthOf(this.evaluate(node.operand));
      case "and":
      case "or": {
        const left = this.evaluate(node.left);
        return python.truthOf(left) === (node.kind === "and") ? this.evaluate(node.right) : left;
      }
    }
  }

  #named(node: Node<"name">): unknown {
    const value = this.find(node.name);
    if (value !== undefined) return value;
    const names = this.names();
    const available = names.length === 0 ? "nothing" : names.join(", ");
    const message = `\`${node.name}\` is not defined; available scope: ${available}`;
    return new Absent(undefinedName(message, node.name, names).placeAt(node));
  }

  #attribute(node: Node<"attribute">): unknown {
    const target = this.evaluate(node.target);
    const place = python.isNull(target) ? node.target : { start: node.nameStart, end: node.end };
    const found = this.at(place, () => entryOf(target, node.name, this.#written(node.target)));
    if (found instanceof Absent) found.error.placeAt(place);
    return found;
  }

  #item(node: Node<"item">): unknown {
    const target = this.evaluate(node.target);
    const key = this.evaluate(node.key);
    return this.at(node, () => {
      const found = itemOf(target, key, this.#written(node.target));
      if (found instanceof Absent) found.error.placeAt(node.key);
      return found;
    });
  }

  #condition(node: Node<"condition">): unknown {
    if (python.truthOf(this.evaluate(node.test))) return this.#lenient(node.then);
    if (node.otherwise !== undefined) return this.#lenient(node.otherwise);
    return new Absent(
      new TemplateError(
        {
          code: "undefined-name",
          message: "the condition is false and there is no `else`",
          hint: "add `else …`",
        },
        node,
      ),
    );
  }

  #slice(node: Node<"slice">): unknown {
    const bound = (part: Expression | undefined): number | undefined => {
      const value = part === undefined ? null : this.evaluate(part);
      if (python.isNull(value)) return undefined;
      if (typeof value !== "number" || !Number.isInteger(value)) {
        throw templateError(`a slice needs whole numbers, not ${python.typeName(value)}`).placeAt(
          part as Expression,
        );
      }
      return value;
    };
    const target = this.evaluate(node.target);
    const from = bound(node.from);
    const to = bound(node.to);
    if (Array.isArray(target)) return target.slice(from, to);
    return keepingSecret([target], ([text]) => {
      if (typeof text !== "string") throw templateError(`${python.typeName(text)} has no slices`);
      return python.charactersOf(text).slice(from, to).join("");
    });
  }

  #mapping(node: Node<"mapping">): unknown {
    const mapping = python.newMapping(
      node.entries.map(({ key, value }) => {
        const name = this.evaluate(key);
        if (name instanceof Secret) throw templateError("a secret can't be a key").placeAt(key);
        if (typeof name !== "string" && typeof name !== "number") {
          throw templateError(`${python.typeName(name)} can't be a key`).placeAt(key);
        }
        if (hiddenNames.has(String(name))) throw templateError(`\`${name}\` can't be a key`).placeAt(key);
        return [String(name), this.evaluate(value)];
      }),
    );
    this.#own.add(mapping);
    return mapping;
  }

  #binary({ operator, left, right }: Node<"binary">): unknown {
    const inputs = [this.evaluate(left), this.evaluate(right)];
    if (operator === "+" && Array.isArray(inputs[0]) && Array.isArray(inputs[1])) {
      this.spend(inputs[0].length + inputs[1].length);
      return binaryResult(operator, inputs[0], inputs[1]);
    }
    const missing = inputs.find((value) => value instanceof MissingVariable);
    if (missing !== undefined) throw missingVariable(missing);
    this.spendFor(inputs);
    return keepingSecret(inputs, ([a, b]) => binaryResult(operator, a, b));
  }

  #concat(node: Node<"concat">): unknown {
    const values = node.parts.map((part) => {
      const value = this.evaluate(part);
      this.at(part, () => this.checkPrintable(value, part));
      return value;
    });
    this.spendFor(values);
    return keepingSecret(values, (plain) => {
      const texts = plain.map((value) => textOf(value));
      checkTextLength(texts.reduce((length, text) => length + text.length, 0));
      return texts.join("");
    });
  }

  #compare(node: Node<"compare">): boolean {
    let left = this.evaluate(node.first);
    for (const { operator, operand } of node.rest) {
      const right = this.evaluate(operand);
      this.spendFor([left, right]);
      if (!isComparisonTrue(operator, left, right)) return false;
      left = right;
    }
    return true;
  }

  #filter(node: Node<"filter">): unknown {
    const isDefault = node.name === "default" || node.name === "d";
    const target = isDefault ? this.#lenient(node.target) : this.evaluate(node.target);
    const { positional, named } = this.#arguments(node.args);
    return this.at(operationPlace(node, filters), () =>
      this.applyFilter(node.name, target instanceof Absent ? undefined : target, positional, named),
    );
  }

  #test(node: Node<"test">): boolean {
    if (node.name === "defined" || node.name === "undefined") {
      const target = this.#lenient(node.target);
      const isDefined = !(target instanceof Absent || target instanceof MissingVariable);
      return isDefined === (node.name === "defined");
    }
    if (node.name === "filter" || node.name === "test") {
      return (node.name === "filter" ? filters : tests).has(String(this.evaluate(node.target)));
    }
    const target = this.evaluate(node.target);
    const { positional, named } = this.#arguments(node.args);
    return this.at(operationPlace(node, tests), () => this.applyTest(node.name, target, positional, named));
  }

  #call(node: Node<"call">): unknown {
    const { callee } = node;
    if (callee.kind === "attribute") {
      const target = this.evaluate(callee.target);
      const method = this.#methodOf(target, callee.name);
      if (method !== undefined) {
        const { positional, named } = this.#arguments(node.args);
        return this.at({ start: callee.nameStart, end: node.end }, () =>
          this.apply(method, { name: callee.name, value: target, positional, named }),
        );
      }
      return this.#callValue(node, this.#attributeOfTarget(callee, target));
    }
    return this.#callValue(node, this.evaluate(callee));
  }

  #attributeOfTarget(callee: Node<"attribute">, target: unknown): unknown {
    const place = { start: callee.nameStart, end: callee.end };
    const label = this.#written(callee.target);
    const found = this.at(place, () => entryOf(target, callee.name, label));
    if (!(found instanceof Absent)) return found;
    const methods = [...methodsOf(target).keys()];
    if (methods.length === 0) throw found.error.placeAt(place);
    const message = `${label} is ${python.typeName(target)} and has no method \`${callee.name}\``;
    throw undefinedName(message, callee.name, methods).placeAt(place);
  }

  #methodOf(target: unknown, name: string): Operation | undefined {
    const own = python.isMapping(target) ? python.ownEntry(target, name) : undefined;
    if (isTemplateFunction(own)) return undefined;
    return methodsOf(target instanceof Secret ? "" : target).get(name);
  }

  #callValue(node: Node<"call">, callee: unknown): unknown {
    const { positional, named } = this.#arguments(node.args);
    this.spend(10);
    return callValue(callee, {
      label: this.#written(node.callee),
      written: this.#written(node),
      positional: positional.map((value) => this.leave(value)),
      named: Object.fromEntries(Object.entries(named).map(([name, value]) => [name, this.leave(value)])),
    });
  }

  #arguments(args: Arguments): { positional: unknown[]; named: Record<string, unknown> } {
    const named: Record<string, unknown> = Object.create(null);
    for (const { name, value } of args.named) named[name] = this.evaluate(value);
    return { positional: args.positional.map((value) => this.evaluate(value)), named };
  }

  /** Throws where the value of `node` can't be part of a text. */
  checkPrintable(value: unknown, node: Expression): void {
    checkPrintable(value, {
      label: this.#written(node),
      isLiteral: node.kind === "literal",
      isOwn: (mapping) => this.#own.has(mapping),
      spend: (steps) => this.spend(steps),
    });
  }

  /** The same value for code outside the language: floats as numbers, an unset variable as null. */
  leave(value: unknown): unknown {
    if (value instanceof python.WholeFloat) return value.value;
    if (value instanceof MissingVariable) return null;
    if (Array.isArray(value) && value.some((item) => typeof item === "object"))
      return value.map((item) => this.leave(item));
    if (typeof value === "object" && value !== null && this.#own.has(value)) {
      return python.newMapping(python.entriesOf(value).map(([key, item]) => [key, this.leave(item)]));
    }
    return value;
  }

  #written(node: { readonly start: number; readonly end: number }): string {
    const text = this.#text.slice(node.start, node.end);
    return `\`${text.length > 60 ? `${text.slice(0, 57)}…` : text}\``;
  }
}

/** Of an unknown filter or test the name alone, otherwise what it was given as well. */
function operationPlace(
  { name, nameStart, end }: { readonly name: string; readonly nameStart: number; readonly end: number },
  known: ReadonlyMap<string, Operation>,
): { readonly start: number; readonly end: number } {
  return { start: nameStart, end: known.has(name) ? end : nameStart + name.length };
}
