import { readFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Plugin, rolldown } from "rolldown";

/**
 * One JavaScript module that does what these modules of dop do, with all that they import. Node takes a fraction of a
 * millisecond for each module it loads, which for a process that ends after one step is most of its time.
 *
 * `entries`: file URLs, evaluated in this order. The pack exports as `packed` what each module exports, by its URL.
 * What is imported while it runs, and packages, stay outside. Throws for what cannot be resolved or parsed.
 */
export async function packModules(entries: readonly string[]): Promise<string> {
  const found = new Set(entries);
  // Only what was read once tells which modules there are.
  await bundle(found, (url) => found.add(url));
  return bundle(found, () => {});
}

const main = "\0pack";

async function bundle(urls: Iterable<string>, onModule: (url: string) => void): Promise<string> {
  const pack = await rolldown({
    input: main,
    platform: "node",
    treeshake: false,
    plugins: [modules(mainText([...urls]), onModule)],
  });
  try {
    const { output } = await pack.generate({ format: "esm", codeSplitting: false });
    return output[0].code;
  } finally {
    await pack.close();
  }
}

function mainText(urls: readonly string[]): string {
  const imports = urls.map((url, at) => `import * as m${at} from ${JSON.stringify(fileURLToPath(url))};\n`);
  const members = urls.map((url, at) => `  ${JSON.stringify(url)}: m${at},\n`);
  return `${imports.join("")}export const packed = {\n${members.join("")}};\n`;
}

function modules(text: string, onModule: (url: string) => void): Plugin {
  return {
    name: "dop-modules",
    resolveId(specifier, importer, { kind }) {
      if (specifier === main) return main;
      const isPart = importer === main || specifier.startsWith(".");
      if (!isPart) return { id: specifier, external: true };
      if (kind !== "dynamic-import" || importer === undefined) return null;
      return { id: new URL(specifier, pathToFileURL(importer)).href, external: true };
    },
    async load(id) {
      if (id === main) return text;
      const { href } = pathToFileURL(id);
      onModule(href);
      // In the pack a module is still told its own place.
      return (await readFile(id, "utf8")).replaceAll("import.meta.url", JSON.stringify(href));
    },
  };
}
