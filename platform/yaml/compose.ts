import { type Document, parseAllDocuments } from "yaml";
import { type ComposedDocument, composeQuickly, coreSchema } from "./quick-compose.ts";

export type Composed = Document.Parsed | ComposedDocument;

// The schema is made once: by default every document makes its own. Keys are compared while the data is built, in
// one pass.
const options = { uniqueKeys: false, prettyErrors: false, logLevel: "silent", schema: coreSchema } as const;

/** Undefined where the text is nested so deeply that the parser's stack overflows. */
export function compose(text: string): Composed[] | undefined {
  const quick = composeQuickly(text);
  if (quick !== undefined) return [quick];
  try {
    const documents = parseAllDocuments(text, options) as Document.Parsed[];
    const isOverflow = documents.some(({ errors }) =>
      errors.some(({ message }) => message.includes("call stack")),
    );
    return isOverflow ? undefined : documents;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

export function isSound(document: Composed): boolean {
  return document.errors.length === 0 && document.warnings.length === 0;
}
