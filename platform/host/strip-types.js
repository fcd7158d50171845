import { stripTypeScriptTypes } from "node:module";

/**
 * Our own TypeScript as JavaScript, every line and column where it was. Node warns that its stripping is experimental;
 * that is no news to a user of dop.
 * @param {string} source
 */
export function withoutTypes(source) {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return stripTypeScriptTypes(source);
  } finally {
    process.emitWarning = emitWarning;
  }
}
