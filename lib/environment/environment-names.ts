import { type Reference, reference, type ScopeContext } from "#platform";

/** How component files speak of where they run; case is ignored, and any other name is a place of its own. */
type Place = "PROD" | "BRANCH" | "DOGFOOD" | "LOCAL" | "OTHER";

/** Database of the warehouse: the sandbox on a developer's machine. */
export function databaseFromEnv(context: Pick<ScopeContext, "environment">): string {
  return placeOf(context) === "LOCAL" ? "sandbox" : "aws";
}

export function schemaFromEnv(context: Pick<ScopeContext, "environment">): string {
  return placeOf(context) === "PROD" ? "elementl" : "dev";
}

export function roleFromEnv(context: Pick<ScopeContext, "environment">): string {
  return placeOf(context) === "LOCAL" ? "SANDBOX_WRITER" : "AWS_WRITER";
}

export function dmsStorageFromEnv(context: Pick<ScopeContext, "environment">): string {
  return placeOf(context) === "PROD" ? "dagster-dms-cloud-prod" : "dagster-dms-dogfood";
}

export function dmsSchemaFromEnv(context: Pick<ScopeContext, "environment">): string {
  return placeOf(context) === "PROD" ? "cloud_prod" : "dev";
}

/** The template function `dbt_asset_key('orders')`: the key is known when all definitions are there. */
export function dbtAssetKey(model: string): Reference {
  return reference("dbt_model", model);
}

function placeOf({ environment }: Pick<ScopeContext, "environment">): Place {
  const name = environment.toUpperCase();
  return name === "PROD" || name === "BRANCH" || name === "DOGFOOD" || name === "LOCAL" ? name : "OTHER";
}
