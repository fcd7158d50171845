/** Whether all of `text` is of the pattern: `*`, `?` and `[…]`, as Python's fnmatch reads them; `*` crosses dots. */
export function matchesPattern(text: string, pattern: string): boolean {
  return compilePattern(pattern).test(text);
}

/** The pattern as an expression that is of use for many texts. */
export function compilePattern(pattern: string): RegExp {
  let compiled = compiledPatterns.get(pattern);
  if (compiled === undefined) {
    compiled = new RegExp(`^(?:${expressionOf(pattern)})$`, "su");
    if (compiledPatterns.size > 1000) compiledPatterns.clear();
    compiledPatterns.set(pattern, compiled);
  }
  return compiled;
}

export function hasWildcard(text: string): boolean {
  return /[*?[\]]/.test(text);
}

const compiledPatterns = new Map<string, RegExp>();

/** Nothing is of this expression. */
const nothing = "(?!)";

function expressionOf(pattern: string): string {
  let expression = "";
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const end = character === "[" ? endOfSet(characters, at) : -1;
    if (character === "*") expression += ".*";
    else if (character === "?") expression += ".";
    else if (end === -1) expression += RegExp.escape(character);
    else {
      expression += setExpression(characters.slice(at + 1, end));
      at = end;
    }
  }
  return expression;
}

/** Where the set that begins at `start` ends, or -1: a bracket alone stands for itself, and so does one that is first. */
function endOfSet(characters: readonly string[], start: number): number {
  const first = characters[start + 1] === "!" ? start + 2 : start + 1;
  return characters.indexOf("]", characters[first] === "]" ? first + 1 : first);
}

function setExpression(written: readonly string[]): string {
  const isNegated = written[0] === "!";
  const members = isNegated ? written.slice(1) : written;
  const parts: string[] = [];
  for (let at = 0; at < members.length; at++) {
    const [from, dash, to] = members.slice(at, at + 3) as [string, string?, string?];
    if (dash === "-" && to !== undefined) {
      // A range that runs backwards holds nothing.
      if (from <= to) parts.push(`${escaped(from)}-${escaped(to)}`);
      at += 2;
    } else parts.push(escaped(from));
  }
  if (parts.length === 0) return isNegated ? "." : nothing;
  return `[${isNegated ? "^" : ""}${parts.join("")}]`;
}

function escaped(character: string): string {
  return /[\\\]^[-]/.test(character) ? `\\${character}` : character;
}
