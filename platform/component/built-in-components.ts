import { Component, type ComponentClass } from "../define/component.ts";
import type { Definitions } from "../define/definitions.ts";

/** A folder's own document: its template variables and post-processing hold for all below. */
class DefsFolderComponent extends Component {
  override buildDefinitions(): Definitions {
    return {};
  }
}

/** A folder's own document that also sets fields of the assets below, where these leave them open. */
class Defaults extends Component {
  override buildDefinitions(): Definitions {
    return {};
  }
}

export const builtInComponents: { readonly [type: string]: ComponentClass } = {
  DefsFolderComponent,
  "dagster.DefsFolderComponent": DefsFolderComponent,
  "platform.Defaults": Defaults,
};

/** Whether a document of this type lets the folders below its own be loaded. */
export function isFolderType(type: string | undefined): boolean {
  return type !== undefined && Object.hasOwn(builtInComponents, type);
}

export function isDefaultsType(type: string | undefined): boolean {
  return type === "platform.Defaults";
}
