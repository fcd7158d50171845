import { exampleOf } from "../example.ts";
import { SnowflakeObjectComponent } from "./snowflake-object-component.ts";

/** The name under which Dagster Open Platform's component files know it. */
export class SnowflakeCreateOrRefreshComponent extends SnowflakeObjectComponent {
  static override get example(): string {
    return exampleOf(import.meta.url, "SnowflakeCreateOrRefreshComponent");
  }
}
