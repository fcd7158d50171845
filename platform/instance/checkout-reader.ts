import { statSync } from "node:fs";
import { join } from "node:path";
import type { Checkout } from "../graph/code-reference-url.ts";
import { gitFolderOf, readGitCheckout } from "./git-checkout.ts";

/** For so long nobody looks whether a folder has become a repository. */
const nowhereMs = 5000;

interface Known {
  readonly checkout: Promise<Checkout | undefined>;
  /** Where git keeps the checkout; absent outside a repository. */
  readonly folder: string | undefined;
  /** Of the files that git writes whenever another commit is checked out. */
  readonly stamp: string | undefined;
  readonly atMs: number;
}

/**
 * Reads a project's checkout, and asks git only when its commit may have changed: starting git twice for each run takes
 * longer than recording the run.
 */
export function createCheckoutReader(root: string): () => Promise<Checkout | undefined> {
  let known: Known | undefined;
  return async () => {
    if (known === undefined || !isFresh(known)) {
      const folder = known?.folder ?? (await gitFolderOf(root));
      // Read before git is asked: a commit meanwhile is seen the next time.
      const stamp = folder === undefined ? undefined : stampOf(folder);
      known = { checkout: readGitCheckout(root), folder, stamp, atMs: performance.now() };
    }
    return await known.checkout;
  };
}

function isFresh({ folder, stamp, atMs }: Known): boolean {
  if (folder === undefined) return performance.now() - atMs < nowhereMs;
  return stamp !== undefined && stampOf(folder) === stamp;
}

/** Nothing where git keeps no log of what was checked out: then nothing tells of a change. */
function stampOf(folder: string): string | undefined {
  const stats = ["HEAD", join("logs", "HEAD"), "config"].map((name) =>
    statSync(join(folder, name), { bigint: true, throwIfNoEntry: false }),
  );
  if (stats[1] === undefined) return undefined;
  return stats.map((stat) => `${stat?.mtimeNs}:${stat?.size}:${stat?.ino}`).join(" ");
}
