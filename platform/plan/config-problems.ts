import { Errors } from "typebox/schema";
import type { Json } from "../core/metadata.ts";
import { isPlainObject } from "../core/secret.ts";
import { isEnvReference } from "./config-schema.ts";

export interface ConfigProblem {
  /** Dotted, from the config itself; empty for the whole of it. */
  readonly path: string;
  readonly message: string;
}

/** What is wrong with a value; nothing is said of places that a variable fills later. */
export function configProblems(schema: Json | undefined, value: Json): ConfigProblem[] {
  if (!isPlainObject(schema)) return [];
  const open = envPlaces(value, "");
  const [, errors] = Errors(schema as never, value);
  const concerns = errors.filter(({ instancePath, keyword }) => {
    if (keyword === "boolean") return false;
    const isChoice = keyword === "anyOf" || keyword === "oneOf";
    return !open.some(
      (place) =>
        instancePath === place ||
        instancePath.startsWith(`${place}/`) ||
        (isChoice && place.startsWith(`${instancePath}/`)),
    );
  });
  // Of a choice, what is wrong with each branch says less than that none fits.
  const choices = concerns.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  return concerns
    .filter(
      (error) =>
        !choices.some((choice) => error.schemaPath.startsWith(`${choice.schemaPath}/${choice.keyword}/`)),
    )
    .map(({ instancePath, keyword, params, message }) => {
      const details = params as { additionalProperties?: string[]; allowedValues?: unknown[] };
      const more =
        keyword === "additionalProperties"
          ? `: \`${(details.additionalProperties ?? []).join("`, `")}\``
          : keyword === "enum"
            ? `: ${(details.allowedValues ?? []).map((one) => JSON.stringify(one)).join(", ")}`
            : "";
      return { path: dotted(instancePath), message: `${message}${more}` };
    });
}

function envPlaces(value: Json, place: string): string[] {
  if (isEnvReference(value)) return [place];
  if (Array.isArray(value)) return value.flatMap((item: Json, at) => envPlaces(item, `${place}/${at}`));
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([name, item]) =>
    envPlaces(item, `${place}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

function dotted(instancePath: string): string {
  return instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}
