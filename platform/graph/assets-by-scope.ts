import type { AssetKey } from "../core/asset-key.ts";
import type { DeferredPatch } from "../core/patch.ts";
import type { CollectedAsset } from "./collected.ts";

/** The assets that a patch may see: those of its document, or those of all files inside its folder. */
export class AssetsByScope {
  readonly #byDocument = new Map<string, CollectedAsset[]>();
  readonly #byFolder = new Map<string, CollectedAsset[]>();

  /** Lists are kept for the scopes of these patches only. */
  constructor(assets: ReadonlyMap<AssetKey, CollectedAsset>, patches: readonly DeferredPatch[]) {
    for (const patch of patches) {
      if (patch.document === undefined) this.#byFolder.set(folderPath(patch.folder), []);
      else this.#byDocument.set(`${patch.file}#${patch.document}`, []);
    }
    const folders = new Map<string, readonly CollectedAsset[][]>();
    for (const asset of assets.values()) {
      const { file, document, folder } = asset.component;
      if (this.#byDocument.size > 0) this.#byDocument.get(`${file}#${document}`)?.push(asset);
      let lists = folders.get(folder);
      if (lists === undefined) {
        lists = foldersAround(folderPath(folder)).flatMap((outer) => {
          const list = this.#byFolder.get(outer);
          return list === undefined ? [] : [list];
        });
        folders.set(folder, lists);
      }
      for (const list of lists) list.push(asset);
    }
  }

  assetsFor({ file, document, folder }: DeferredPatch): readonly CollectedAsset[] {
    const list =
      document === undefined
        ? this.#byFolder.get(folderPath(folder))
        : this.#byDocument.get(`${file}#${document}`);
    return list ?? [];
  }
}

/** The path of a folder; that of the project itself is empty. */
function folderPath(folder: string): string {
  return folder === "." ? "" : folder;
}

/** `a/b` lies in `a/b`, `a` and the project itself. */
function foldersAround(folder: string): string[] {
  if (folder === "") return [""];
  const parts = folder.split("/");
  return ["", ...parts.map((_, index) => parts.slice(0, index + 1).join("/"))];
}
