import { readdirSync, readFileSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const folder = new URL("./page/", import.meta.url);

const mediaTypes: { readonly [extension: string]: string } = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The files of the plain page by the address that they are served under; nothing else of the disk is served. */
export function readPageFiles(): ReadonlyMap<string, { readonly text: string; readonly mediaType: string }> {
  const names = readdirSync(fileURLToPath(folder)).filter((name) => extname(name) in mediaTypes);
  return new Map(
    names.map((name) => [
      name === "index.html" ? "/" : `/${name}`,
      { text: readFileSync(new URL(name, folder), "utf8"), mediaType: mediaTypes[extname(name)] as string },
    ]),
  );
}
