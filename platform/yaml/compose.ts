import { type Document, parseAllDocuments, Schema } from "yaml";

// Made once: by default every document makes its own. Keys are compared while the data is built, in one pass.
const options = {
  uniqueKeys: false,
  prettyErrors: false,
  logLevel: "silent",
  schema: new Schema({ schema: "core" }),
} as const;

/** Undefined where the text is nested so deeply that the parser's stack overflows. */
export function compose(text: string): Document.Parsed[] | undefined {
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

export function isSound(document: Document.Parsed): boolean {
  return document.errors.length === 0 && document.warnings.length === 0;
}
