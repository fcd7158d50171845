import type { ProblemCode } from "../core/problem.ts";
import { isPlainObject, Secret } from "../core/secret.ts";
import type { Path } from "../core/span.ts";
import { didYouMean, suggest } from "../core/suggest.ts";
import { attributeTypeKeyword, attributeTypeNamed } from "../define/attribute-type.ts";
import { isTemplate } from "../template/deferred-template.ts";
import { unusableValue } from "../yaml/unusable-value.ts";
import { coerceToNumber, coerceToText, isCoercible, type TemplatedTree } from "./coerce.ts";
import { type JsonSchema, mergedSchema, schemaWords, valueWords } from "./json-schema.ts";
import { holdsTemplate, MissingValue } from "./missing-value.ts";
import { objectShape, patternOf } from "./object-shape.ts";
import { fitsKind, isOpen, isUnset, meantBranch, otherProperty } from "./schema-branches.ts";

/** What is wrong with a value, and what in the file it is about. */
export interface ValueProblem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string;
  /** Replaces the written text where there is one way to mend it. */
  readonly fix?: { readonly replaceKey: string } | { readonly quote: true };
}

export interface ReadOptions {
  /** `path` ends at an unknown key, at a wrong value, or at the mapping that lacks a key. */
  report(path: Path, problem: ValueProblem): void;
  /** Which values came out of templates; only those are coerced to what is declared. */
  readonly templated?: TemplatedTree | undefined;
  /** Told of every mapping and list of the result. */
  note?(value: object, path: Path): void;
  /** How a plain number or boolean stands in the file. */
  writtenText?(path: Path): string | undefined;
}

/**
 * A value read by a JSON Schema: defaults filled in, attribute types read, values of templates coerced to the
 * declared type. Each problem is about the innermost value: of a union, the branch that was meant is told about.
 */
export function readValue(schema: unknown, value: unknown, options: ReadOptions): unknown {
  return new ValueReader(options).read(schema as JsonSchema, value, options.templated);
}

class ValueReader {
  readonly #options: ReadOptions;
  readonly #path: (string | number)[] = [];
  #defs: { readonly [name: string]: JsonSchema } = {};
  /** Set while branches of a union are tried: where their problems are, which is all that is asked of them. */
  #trial: Path[] | undefined;

  constructor(options: ReadOptions) {
    this.#options = options;
  }

  read(schema: JsonSchema, value: unknown, templated: TemplatedTree | undefined): unknown {
    if (value === unusableValue || isTemplate(value)) return value;
    if (value instanceof MissingValue) return this.#missing(schema, value);
    if (schema.$defs !== undefined) this.#defs = { ...this.#defs, ...schema.$defs };
    if (schema.$ref !== undefined) {
      const target = this.#defs[schema.$ref.replace(/^#\/\$defs\//, "")];
      return target === undefined ? value : this.read(target, value, templated);
    }
    const typeName = schema[attributeTypeKeyword];
    if (typeName !== undefined) return this.#attribute(typeName, value);
    if (schema.allOf !== undefined) return this.read(mergedSchema(schema), value, templated);
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches !== undefined) return this.#union(branches, value, templated);
    if ("const" in schema) return this.#closed([schema.const], value, templated);
    if (schema.enum !== undefined) return this.#closed(schema.enum, value, templated);
    return this.#typed(schema, value, templated);
  }

  /** Null where anything may stand; an asset must have a key; else the component waits for the variable. */
  #missing(schema: JsonSchema, value: MissingValue): unknown {
    if (!value.isNull) return value;
    const typeName = schema[attributeTypeKeyword];
    if (typeName === "asset-key") return this.#attribute(typeName, null);
    if (isOpen(schema)) return null;
    const isText = schema.type === "string" || schema.anyOf !== undefined;
    return isText ? value : new MissingValue(value.variable, { isNull: true });
  }

  #typed(schema: JsonSchema, value: unknown, templated: TemplatedTree | undefined): unknown {
    switch (schema.type) {
      case "object":
        return this.#mapping(schema, value, templated);
      case "array":
        return this.#list(schema, value, templated);
      case "string":
        return this.#text(schema, value, templated);
      case "integer":
      case "number":
        return this.#number(schema, value, templated);
      case "boolean": {
        if (typeof value === "boolean") return value;
        const text = value instanceof Secret ? value.reveal() : value;
        if (isCoercible(templated) && typeof text === "string" && /^(true|false)$/i.test(text)) {
          return text.toLowerCase() === "true";
        }
        return this.#wrongType(schema, value);
      }
      case "null":
        return value === null ? value : this.#wrongType(schema, value);
      default:
        if (typeof value === "object" && value !== null) this.#note(value);
        return value;
    }
  }

  #attribute(typeName: string, value: unknown): unknown {
    const type = attributeTypeNamed(typeName);
    const isReady: boolean = type.isReady(value);
    if (isReady || holdsTemplate(value)) return value;
    if (value instanceof Secret) {
      this.#tell({
        code: "secret-in-name",
        message: "a secret must not become part of a name, key or condition",
      });
      return value;
    }
    const read = type.read(value, (path, problem) => this.#tell(problem, path));
    return read === undefined ? value : read;
  }

  #mapping(schema: JsonSchema, value: unknown, templated: TemplatedTree | undefined): unknown {
    if (!isPlainObject(value)) return this.#wrongType(schema, value);
    const { properties, entries, required } = objectShape(schema);
    const result: Record<string, unknown> = {};
    for (const [key, property] of entries) {
      const given = isUnset(value[key]) && !required.has(key) ? null : value[key];
      const absent = given === undefined || (given === null && !required.has(key) && !isOpen(property));
      if (!absent) result[key] = this.#child(key, property, given, templated);
      else if ("default" in property) result[key] = ownCopy(property.default);
      else if (required.has(key))
        this.#tell({ code: "missing-attribute", message: `\`${key}\` is required` });
    }
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(properties, key) || key === "__proto__") continue;
      const other = otherProperty(schema, key);
      if (other === undefined) this.#unknown(key, Object.keys(properties), value);
      else result[key] = this.#child(key, other, value[key], templated);
    }
    this.#limits(schema, Object.keys(result).length, ["minProperties", "maxProperties"], "entries");
    this.#note(result);
    return result;
  }

  #unknown(key: string, known: readonly string[], value: Record<string, unknown>): void {
    const free = known.filter((name) => value[name] === undefined);
    const near = this.#trial === undefined ? suggest(key, free) : undefined;
    this.#tell(
      {
        code: "unknown-attribute",
        message: `unexpected attribute \`${key}\``,
        hint: near === undefined ? `known: ${known.join(", ") || "none"}` : `did you mean \`${near}\`?`,
        ...(near === undefined ? {} : { fix: { replaceKey: near } }),
      },
      [key],
    );
  }

  #list(schema: JsonSchema, value: unknown, templated: TemplatedTree | undefined): unknown {
    if (!Array.isArray(value)) return this.#wrongType(schema, value);
    const { items } = schema;
    const result = value.map((item, index) => {
      const own = Array.isArray(items) ? items[index] : items;
      return own === undefined ? item : this.#child(index, own, item, templated);
    });
    this.#limits(schema, result.length, ["minItems", "maxItems"], "items");
    if (schema.uniqueItems === true) {
      const twice = result.findIndex((item, index) => result.indexOf(item) !== index);
      if (twice >= 0)
        this.#tell({ code: "invalid-attribute-value", message: "this item is given twice" }, [twice]);
    }
    this.#note(result);
    return result;
  }

  #text(schema: JsonSchema, value: unknown, templated: TemplatedTree | undefined): unknown {
    if (value instanceof Secret) return value;
    if (typeof value !== "string") {
      const text = coerceToText(value, {
        templated: isCoercible(templated),
        inTextMapping: schema["x-dop-text"] === true,
        written: () => this.#options.writtenText?.([...this.#path]),
      });
      if (text !== undefined) return text;
      const scalar = typeof value === "number" || typeof value === "boolean";
      return this.#wrongType(schema, value, scalar ? { hint: "put it in quotes", fix: { quote: true } } : {});
    }
    this.#limits(schema, value.length, ["minLength", "maxLength"], "characters");
    if (schema.pattern !== undefined && !patternOf(schema.pattern).test(value)) {
      this.#tell({
        code: "invalid-attribute-value",
        message: `\`${value}\` does not match ${schema.pattern}`,
      });
    }
    return value;
  }

  #number(schema: JsonSchema, value: unknown, templated: TemplatedTree | undefined): unknown {
    const number =
      typeof value === "number" ? value : isCoercible(templated) ? coerceToNumber(value) : undefined;
    if (number === undefined || (schema.type === "integer" && !Number.isInteger(number))) {
      return this.#wrongType(schema, value);
    }
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
    const limit = (broken: boolean, words: string): void => {
      if (broken) this.#tell({ code: "invalid-attribute-value", message: `${number} must be ${words}` });
    };
    limit(minimum !== undefined && number < minimum, `at least ${minimum}`);
    limit(maximum !== undefined && number > maximum, `at most ${maximum}`);
    limit(exclusiveMinimum !== undefined && number <= exclusiveMinimum, `more than ${exclusiveMinimum}`);
    limit(exclusiveMaximum !== undefined && number >= exclusiveMaximum, `less than ${exclusiveMaximum}`);
    return number;
  }

  #closed(allowed: readonly unknown[], value: unknown, templated: TemplatedTree | undefined): unknown {
    if (allowed.includes(value)) return value;
    const text = value instanceof Secret ? value.reveal() : value;
    const coerced = isCoercible(templated)
      ? allowed.find((item) => String(item) === String(text))
      : undefined;
    if (coerced !== undefined) return coerced;
    const words = allowed.map((item) => `\`${String(item)}\``).join(", ");
    const isTold = this.#trial === undefined && typeof value === "string";
    const near = isTold ? didYouMean(value, allowed.map(String)) : undefined;
    this.#tell({
      code: typeof value === typeof allowed[0] ? "invalid-attribute-value" : "invalid-attribute-type",
      message: `${valueWords(value)} is not ${allowed.length === 1 ? words : `one of ${words}`}`,
      ...(near === undefined ? {} : { hint: near }),
    });
    return value;
  }

  #union(branches: readonly JsonSchema[], value: unknown, templated: TemplatedTree | undefined): unknown {
    const closed = branches.every((branch) => "const" in branch || branch.type === "null");
    if (closed) {
      const values = branches.map((branch) => (branch.type === "null" ? null : branch.const));
      return this.#closed(values, value, templated);
    }
    let best: { readonly branch: JsonSchema; readonly nearness: number } | undefined;
    for (const branch of branches) {
      const { result, found } = this.#tryBranch(branch, value, templated);
      if (found.length === 0) {
        // Once more, so that what the result consists of is noted.
        return this.#trial === undefined && typeof result === "object"
          ? this.read(branch, value, templated)
          : result;
      }
      if (best === undefined || nearness(found) > best.nearness) best = { branch, nearness: nearness(found) };
    }
    const fitting = branches.filter((branch) => fitsKind(branch, value));
    const { chosen, discriminator } = meantBranch(fitting, value);
    if (chosen !== undefined) return this.read(chosen, value, templated);
    if (discriminator !== undefined) {
      const words = discriminator.values.map((item) => `\`${String(item)}\``).join(", ");
      const given = (value as Record<string, unknown>)[discriminator.key];
      if (given === undefined) {
        this.#tell({
          code: "missing-attribute",
          message: `\`${discriminator.key}\` is required: one of ${words}`,
        });
      } else {
        const isTold = this.#trial === undefined && typeof given === "string";
        const near = isTold ? didYouMean(given, discriminator.values.map(String)) : undefined;
        const message = `${valueWords(given)} is not one of ${words}`;
        this.#tell(
          { code: "invalid-attribute-value", message, ...(near === undefined ? {} : { hint: near }) },
          [discriminator.key],
        );
      }
      return value;
    }
    if (fitting.length > 0 && best !== undefined) {
      this.read(best.branch, value, templated);
      return value;
    }
    const words = branches.map((branch) => schemaWords(branch)).join(" or ");
    this.#tell({ code: "invalid-attribute-type", message: `expected ${words}, not ${valueWords(value)}` });
    return value;
  }

  #tryBranch(
    branch: JsonSchema,
    value: unknown,
    templated: TemplatedTree | undefined,
  ): { result: unknown; found: Path[] } {
    const outer = this.#trial;
    const found: Path[] = [];
    this.#trial = found;
    const result = this.read(branch, value, templated);
    this.#trial = outer;
    return { result, found };
  }

  #child(
    part: string | number,
    schema: JsonSchema,
    value: unknown,
    templated: TemplatedTree | undefined,
  ): unknown {
    this.#path.push(part);
    const result = this.read(schema, value, templated instanceof Map ? templated.get(part) : templated);
    this.#path.pop();
    return result;
  }

  #limits(
    schema: JsonSchema,
    size: number,
    [least, most]: readonly [keyof JsonSchema, keyof JsonSchema],
    what: string,
  ): void {
    const minimum = schema[least] as number | undefined;
    const maximum = schema[most] as number | undefined;
    if (minimum !== undefined && size < minimum) {
      this.#tell({ code: "invalid-attribute-value", message: `at least ${minimum} ${what} are needed here` });
    }
    if (maximum !== undefined && size > maximum) {
      this.#tell({ code: "invalid-attribute-value", message: `at most ${maximum} ${what} are allowed here` });
    }
  }

  #wrongType(schema: JsonSchema, value: unknown, more: Partial<ValueProblem> = {}): unknown {
    const message = `expected ${schemaWords(schema)}, not ${valueWords(value)}`;
    this.#tell({ code: "invalid-attribute-type", message, ...more });
    return value;
  }

  #note(value: object): void {
    if (this.#trial === undefined) this.#options.note?.(value, [...this.#path]);
  }

  #tell(problem: ValueProblem, below: Path = []): void {
    this.#tellAt([...this.#path, ...below], problem);
  }

  #tellAt(path: Path, problem: ValueProblem): void {
    if (this.#trial === undefined) this.#options.report(path, problem);
    else this.#trial.push(path);
  }
}

/** Each result has objects of its own. */
function ownCopy(value: unknown): unknown {
  return typeof value === "object" && value !== null ? structuredClone(value) : value;
}

/** Deeper first problems mean that more of the value fitted. */
function nearness(found: readonly Path[]): number {
  return (found[0]?.length ?? 0) * 100 - found.length;
}
